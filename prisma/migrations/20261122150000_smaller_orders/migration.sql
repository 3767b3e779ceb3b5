-- A shopper may take less of the owed order. What the whole one costs stays frozen in "amount".

ALTER TABLE "RecoveryCase"
  ADD COLUMN "smallerLines" JSONB,
  ADD COLUMN "smallerAmount" DECIMAL(18,4),
  ADD CONSTRAINT "RecoveryCase_smaller_is_less" CHECK (
    ("smallerLines" IS NULL) = ("smallerAmount" IS NULL) AND "smallerAmount" > 0 AND "smallerAmount" < "amount");

ALTER TABLE "ContractAction"
  DROP CONSTRAINT "ContractAction_kind_known",
  ADD CONSTRAINT "ContractAction_kind_known" CHECK ("kind" IN (
    'pause', 'skip', 'leave', 'unpaid_order', 'cancel', 'activate', 'staff_pause',
    'shopper_skip', 'shopper_pause', 'shopper_resume', 'smaller_order', 'whole_order')),
  DROP CONSTRAINT "ContractAction_undone",
  ADD CONSTRAINT "ContractAction_undone" CHECK (
    "state" <> 'undone' OR ("kind" IN ('pause', 'shopper_pause', 'smaller_order') AND "undoneAt" IS NOT NULL));
