-- Notices before a charge, a shop's own domain for its mails, what a shopper says at the end, and the export of what is owed.

ALTER TABLE "Shop"
  ADD COLUMN "preDunning" JSONB,
  ADD COLUMN "collectionsExport" BOOLEAN NOT NULL DEFAULT false;

ALTER TABLE "RecoveryCase"
  ADD COLUMN "feedback" TEXT,
  ADD COLUMN "feedbackAt" TIMESTAMPTZ(3),
  ADD CONSTRAINT "RecoveryCase_feedback_known" CHECK ("feedback" IN ('easy', 'unclear', 'too_many', 'other')),
  ADD CONSTRAINT "RecoveryCase_feedback_dated" CHECK (("feedback" IS NULL) = ("feedbackAt" IS NULL)),
  -- Asked once it is over, never before.
  ADD CONSTRAINT "RecoveryCase_feedback_at_the_end" CHECK ("feedback" IS NULL OR "closedAt" IS NOT NULL);

CREATE TABLE "EarlyNotice" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "period" TEXT NOT NULL,
    "contractId" TEXT NOT NULL,
    "cycleIndex" INTEGER NOT NULL,
    "customerId" TEXT NOT NULL,
    "customerLocale" TEXT,
    "methodId" TEXT,
    "methodFingerprint" TEXT,
    "methodLabel" TEXT,
    "methodExpiresAt" TIMESTAMPTZ(3),
    "instrument" TEXT NOT NULL,
    "productTitle" TEXT,
    "amount" DECIMAL(18,4) NOT NULL,
    "currency" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "chargeAt" TIMESTAMPTZ(3) NOT NULL,
    "dueAt" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "settledAt" TIMESTAMPTZ(3),

    CONSTRAINT "EarlyNotice_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "EarlyNotice_kind_known" CHECK ("kind" IN ('card_expires', 'renewal')),
    CONSTRAINT "EarlyNotice_state_known" CHECK ("state" IN ('planned', 'sent', 'uncertain', 'failed', 'skipped')),
    CONSTRAINT "EarlyNotice_settled_when_over" CHECK (("settledAt" IS NULL) = ("state" = 'planned')),
    -- Nobody should wonder why a shopper did not hear of it.
    CONSTRAINT "EarlyNotice_left_out_says_why" CHECK ("state" NOT IN ('skipped', 'failed', 'uncertain') OR "reason" IS NOT NULL)
);

CREATE UNIQUE INDEX "EarlyNotice_shop_kind_period_key" ON "EarlyNotice"("shop", "kind", "period");
CREATE INDEX "EarlyNotice_shop_state_dueAt_idx" ON "EarlyNotice"("shop", "state", "dueAt");
CREATE INDEX "EarlyNotice_shop_customerId_idx" ON "EarlyNotice"("shop", "customerId");
CREATE INDEX "EarlyNotice_createdAt_idx" ON "EarlyNotice"("createdAt");

-- One outbox for all: a message belongs to a case or to such a notice, and is single in either.
ALTER TABLE "Message"
  ALTER COLUMN "caseId" DROP NOT NULL,
  ADD COLUMN "noticeId" UUID,
  ADD CONSTRAINT "Message_noticeId_fkey" FOREIGN KEY ("noticeId") REFERENCES "EarlyNotice"("id") ON DELETE CASCADE ON UPDATE CASCADE,
  ADD CONSTRAINT "Message_belongs_somewhere" CHECK (("caseId" IS NULL) <> ("noticeId" IS NULL));
CREATE UNIQUE INDEX "Message_of_notice" ON "Message" ("noticeId", "triggerKey", "recipientHash", "channel")
 WHERE "noticeId" IS NOT NULL;

CREATE TABLE "SenderDomain" (
    "shop" TEXT NOT NULL,
    "domain" TEXT NOT NULL,
    "providerId" TEXT NOT NULL,
    "records" JSONB NOT NULL,
    "valid" BOOLEAN NOT NULL DEFAULT false,
    "checkedAt" TIMESTAMPTZ(3),
    "problem" TEXT,
    "addedAt" TIMESTAMPTZ(3) NOT NULL,
    "addedBy" TEXT NOT NULL,

    CONSTRAINT "SenderDomain_pkey" PRIMARY KEY ("shop")
);
-- Whoever proved a domain first has it; what is only claimed keeps nobody out.
CREATE UNIQUE INDEX "SenderDomain_proved" ON "SenderDomain" ("domain") WHERE "valid";

ALTER TABLE "ShopClock" DROP CONSTRAINT "ShopClock_job_known";
ALTER TABLE "ShopClock" ADD CONSTRAINT "ShopClock_job_known" CHECK ("job" IN (
  'reconcile', 'sweep', 'scan', 'backfill', 'brake', 'versions', 'upcoming', 'notices', 'domain'));

-- Shops from before: the first look for what comes up is due at once.
INSERT INTO "ShopClock" ("shop", "job", "nextRunAt")
SELECT "shop", 'upcoming', "installedAt" FROM "Shop" WHERE "uninstalledAt" IS NULL
ON CONFLICT DO NOTHING;
