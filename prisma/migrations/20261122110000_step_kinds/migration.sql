-- The kinds of step that a merchant can put into a sequence (app/dunning/types.ts, StepKind).
ALTER TABLE "StepRun"
  DROP CONSTRAINT "StepRun_kind_known",
  ADD CONSTRAINT "StepRun_kind_known" CHECK ("kind" IN (
    'retry', 'email', 'sms', 'account_notice', 'staff_task', 'wait', 'branch', 'contract_action', 'end'));
