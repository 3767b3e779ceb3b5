-- CreateTable
CREATE TABLE "ShopClock" (
    "shop" TEXT NOT NULL,
    "job" TEXT NOT NULL,
    "nextRunAt" TIMESTAMPTZ(3),
    "lastRunAt" TIMESTAMPTZ(3),
    "startedAt" TIMESTAMPTZ(3),
    "cursor" TEXT,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "leaseUntil" TIMESTAMPTZ(3),
    "leaseBy" TEXT,

    CONSTRAINT "ShopClock_pkey" PRIMARY KEY ("shop","job")
);

-- CreateTable
CREATE TABLE "OldFailure" (
    "shop" TEXT NOT NULL,
    "contractId" TEXT NOT NULL,
    "cycleIndex" INTEGER NOT NULL,
    "attemptId" TEXT NOT NULL,
    "failedAt" TIMESTAMPTZ(3) NOT NULL,
    "amount" DECIMAL(18,4) NOT NULL,
    "currency" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "because" TEXT,
    "pickedAt" TIMESTAMPTZ(3),
    "caseId" UUID,
    "seenAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "OldFailure_pkey" PRIMARY KEY ("shop","contractId","cycleIndex")
);

-- CreateTable
CREATE TABLE "Backfill" (
    "shop" TEXT NOT NULL,
    "scannedAt" TIMESTAMPTZ(3),
    "decidedAt" TIMESTAMPTZ(3),
    "decidedBy" TEXT,
    "perDay" INTEGER,

    CONSTRAINT "Backfill_pkey" PRIMARY KEY ("shop")
);

-- CreateIndex
CREATE INDEX "OldFailure_shop_state_failedAt_idx" ON "OldFailure"("shop", "state", "failedAt" DESC);

-- AddForeignKey
ALTER TABLE "ShopClock" ADD CONSTRAINT "ShopClock_shop_fkey" FOREIGN KEY ("shop") REFERENCES "Shop"("shop") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "OldFailure" ADD CONSTRAINT "OldFailure_shop_fkey" FOREIGN KEY ("shop") REFERENCES "Shop"("shop") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Backfill" ADD CONSTRAINT "Backfill_shop_fkey" FOREIGN KEY ("shop") REFERENCES "Shop"("shop") ON DELETE RESTRICT ON UPDATE CASCADE;


-- Written by hand from here on: what the Prisma schema language cannot say.

-- What the workers ask for all day, beside the due cases.
CREATE INDEX "ShopClock_due" ON "ShopClock" ("nextRunAt") WHERE "nextRunAt" IS NOT NULL;

ALTER TABLE "ShopClock" ADD CONSTRAINT "ShopClock_job_known" CHECK ("job" IN (
  'reconcile', 'sweep', 'scan', 'backfill'));
ALTER TABLE "OldFailure" ADD CONSTRAINT "OldFailure_state_known" CHECK ("state" IN (
  'found', 'picked', 'started', 'gone', 'left'));

-- Shops from before this table: their clocks begin with the moment of their installation, so all are due at once.
INSERT INTO "ShopClock" ("shop", "job", "nextRunAt")
SELECT "shop", job, "installedAt" FROM "Shop", unnest(ARRAY['reconcile', 'sweep', 'scan']) AS job;
