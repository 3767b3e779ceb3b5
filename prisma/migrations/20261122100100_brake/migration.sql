-- CreateTable
CREATE TABLE "Brake" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "engagedAt" TIMESTAMPTZ(3) NOT NULL,
    "fault" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "cards" INTEGER NOT NULL,
    "because" TEXT NOT NULL,
    "probes" INTEGER NOT NULL DEFAULT 0,
    "lastProbeAt" TIMESTAMPTZ(3),
    "lastProbeCaseId" UUID,
    "nextProbeAt" TIMESTAMPTZ(3),
    "probeNote" TEXT,
    "releasedAt" TIMESTAMPTZ(3),
    "releasedBy" TEXT,
    "releasedBecause" TEXT,

    CONSTRAINT "Brake_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Brake_shop_engagedAt_idx" ON "Brake"("shop", "engagedAt" DESC);

-- A shop is held back once at a time: whoever sees the fault second finds the brake on.
CREATE UNIQUE INDEX "Brake_engaged" ON "Brake" ("shop") WHERE "releasedAt" IS NULL;
ALTER TABLE "Brake" ADD CONSTRAINT "Brake_fault_known" CHECK ("fault" IN ('processor', 'shop'));
ALTER TABLE "Brake" ADD CONSTRAINT "Brake_released_by" CHECK (("releasedAt" IS NULL) = ("releasedBy" IS NULL));

-- What is looked at when a failure could engage the brake: the shop's last failures, and its last payments.
CREATE INDEX "Attempt_failed_lately" ON "Attempt" ("shop", "intendedAt" DESC) WHERE "state" = 'failed';
CREATE INDEX "WebhookEvent_paid_lately" ON "WebhookEvent" ("shop", "receivedAt" DESC)
 WHERE "topic" = 'subscription_billing_attempts/success';
-- What a brake holds back, when it ends.
CREATE INDEX "RecoveryCase_braked" ON "RecoveryCase" ("shop") WHERE "status" = 'held' AND "reason" = 'brake';
-- The brake's own look is one of what is looked at by the clock.
ALTER TABLE "ShopClock" DROP CONSTRAINT "ShopClock_job_known";
ALTER TABLE "ShopClock" ADD CONSTRAINT "ShopClock_job_known" CHECK ("job" IN (
  'reconcile', 'sweep', 'scan', 'backfill', 'brake'));
