-- AlterTable
ALTER TABLE "Shop" ADD COLUMN     "attemptsPausedUntil" TIMESTAMPTZ(3),
ADD COLUMN     "attemptPauses" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "rampUntil" TIMESTAMPTZ(3),
ADD COLUMN     "pacedUntil" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "RecoveryCase" ADD COLUMN     "pacedAt" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "QueryBudget" (
    "shop" TEXT NOT NULL,
    "available" DOUBLE PRECISION NOT NULL,
    "maximum" INTEGER NOT NULL,
    "restoreRate" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "realAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "QueryBudget_pkey" PRIMARY KEY ("shop")
);

-- CreateTable
CREATE TABLE "Tally" (
    "name" TEXT NOT NULL,
    "labels" TEXT NOT NULL,
    "value" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "Tally_pkey" PRIMARY KEY ("name","labels")
);

-- ---------------------------------------------------------------------------------------------------------
-- Written by hand from here on: what the Prisma schema language cannot say. Keep it when a migration is made.
-- ---------------------------------------------------------------------------------------------------------

-- What is due, shop by shop: one shop with a hundred thousand due rows must not stand in front of all the others.
CREATE INDEX "RecoveryCase_due_by_shop" ON "RecoveryCase" ("shop", "nextActionAt") WHERE "nextActionAt" IS NOT NULL;
CREATE INDEX "WebhookEvent_due_by_shop" ON "WebhookEvent" ("shop", "nextTryAt") WHERE "state" IN ('received', 'failed');
-- They take the place of these, which would lead the planner through one shop's rows to find another's.
DROP INDEX "RecoveryCase_due";
DROP INDEX "WebhookEvent_due";
CREATE INDEX "WebhookEvent_leased" ON "WebhookEvent" ("leaseUntil") WHERE "leaseUntil" IS NOT NULL;

-- What went wrong is counted by /health many times a minute.
CREATE INDEX "RecoveryCase_set_aside" ON "RecoveryCase" ("shop") WHERE "deadReason" IS NOT NULL AND "closedAt" IS NULL;
CREATE INDEX "WebhookEvent_dead" ON "WebhookEvent" ("shop") WHERE "state" = 'dead';

-- Open cases that nothing will move: no next action, and no outside event that they are known to wait for.
CREATE INDEX "RecoveryCase_adrift" ON "RecoveryCase" ("shop", "id")
  WHERE "nextActionAt" IS NULL AND "closedAt" IS NULL AND "deadReason" IS NULL
    AND ("status" <> 'held' OR coalesce("reason", '') NOT IN ('paused', 'uninstalled'));
