-- A look that was asked for from outside is not lost to a decision that was being made meanwhile.
ALTER TABLE "RecoveryCase" ADD COLUMN "wakes" INTEGER NOT NULL DEFAULT 0;
