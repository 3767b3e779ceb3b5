-- AlterTable
ALTER TABLE "RecoveryCase" ADD COLUMN     "causePrint" TEXT,
ADD COLUMN     "refundedAmount" DECIMAL(18,4),
ADD COLUMN     "variantIds" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- Written by hand from here on: what the Prisma schema language cannot say.

-- Every paid or refunded order of a shop is announced; nearly none is ours. One probe tells.
CREATE INDEX "Attempt_order" ON "Attempt" ("shop", "orderId") WHERE "orderId" IS NOT NULL;
CREATE INDEX "RecoveryCase_order" ON "RecoveryCase" ("shop", "orderId") WHERE "orderId" IS NOT NULL;

-- Cases that wait for the shop, of which some are woken when a product is back or a charge passes.
CREATE INDEX "RecoveryCase_awaiting_merchant" ON "RecoveryCase" ("shop") WHERE "status" = 'awaiting_merchant';
