ALTER TABLE "StaffTask"
  ADD COLUMN "assignee" TEXT,
  ADD COLUMN "note" TEXT,
  ADD COLUMN "outcome" TEXT,
  ADD COLUMN "snoozedUntil" TIMESTAMPTZ(3),
  ADD COLUMN "dueAt" TIMESTAMPTZ(3),
  ADD COLUMN "phone" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "script" TEXT;
ALTER TABLE "StaffTask" ADD CONSTRAINT "StaffTask_outcome_known" CHECK ("outcome" IN (
  'reached', 'not_reached', 'solved', 'no_more_calls', 'done', 'not_needed'));
-- How it went is known of what is over only.
ALTER TABLE "StaffTask" ADD CONSTRAINT "StaffTask_outcome_of_done" CHECK ("outcome" IS NULL OR "doneAt" IS NOT NULL);
ALTER TABLE "StaffTask" ADD CONSTRAINT "StaffTask_script_to_call" CHECK ("script" IS NULL OR "phone");

ALTER TABLE "Shop"
  ADD COLUMN "digest" TEXT NOT NULL DEFAULT 'off',
  ADD COLUMN "digestNextAt" TIMESTAMPTZ(3),
  ADD COLUMN "alertsTo" TEXT,
  ADD COLUMN "alertsOn" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "alertAbove" DECIMAL(18,4);
ALTER TABLE "Shop" ADD CONSTRAINT "Shop_digest_known" CHECK ("digest" IN ('off', 'daily', 'weekly'));
ALTER TABLE "Shop" ADD CONSTRAINT "Shop_digest_dated" CHECK (("digest" = 'off') = ("digestNextAt" IS NULL));

CREATE TABLE "StaffMail" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "period" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "because" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "sentAt" TIMESTAMPTZ(3),

    CONSTRAINT "StaffMail_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "StaffMail_kind_known" CHECK ("kind" IN ('digest', 'brake', 'dead_letters', 'high_value')),
    CONSTRAINT "StaffMail_state_known" CHECK ("state" IN ('sending', 'sent', 'uncertain', 'failed'))
);

CREATE UNIQUE INDEX "StaffMail_shop_kind_period_key" ON "StaffMail"("shop", "kind", "period");
CREATE INDEX "StaffMail_at_idx" ON "StaffMail"("at");
