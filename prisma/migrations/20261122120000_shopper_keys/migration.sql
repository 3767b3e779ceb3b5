-- What a shopper asks for counts once, and may be more than before.

CREATE TABLE "ShopperKey" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request" TEXT NOT NULL,
    "outcome" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ShopperKey_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "ShopperKey_shop_customerId_key_key" ON "ShopperKey"("shop", "customerId", "key");
CREATE INDEX "ShopperKey_at_idx" ON "ShopperKey"("at");

ALTER TABLE "RecoveryCase"
  ADD COLUMN "feedbackNote" TEXT,
  ADD COLUMN "dayMoves" INTEGER NOT NULL DEFAULT 0,
  ADD CONSTRAINT "RecoveryCase_day_moves" CHECK ("dayMoves" BETWEEN 0 AND 2);

-- I7: only our own pause is ever undone, or the shopper's by the shopper, and only once it was made.
ALTER TABLE "ContractAction"
  DROP CONSTRAINT "ContractAction_kind_known",
  ADD CONSTRAINT "ContractAction_kind_known" CHECK ("kind" IN (
    'pause', 'skip', 'leave', 'unpaid_order', 'cancel', 'activate', 'staff_pause',
    'shopper_skip', 'shopper_pause', 'shopper_resume')),
  DROP CONSTRAINT "ContractAction_undone",
  ADD CONSTRAINT "ContractAction_undone" CHECK (
    "state" <> 'undone' OR ("kind" IN ('pause', 'shopper_pause') AND "undoneAt" IS NOT NULL));
