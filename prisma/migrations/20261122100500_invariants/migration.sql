-- The engine's invariants (app/dunning/README.md), as far as a database can hold them: a defect of ours, a second
-- version of the app or a hand in the tables is refused, with the name of the rule. The rest are properties under test.
-- I1 (one open case for a cycle) and I4 (one live attempt) are unique indexes since the first migration. I3 is not
-- here: a case without a next action is set aside by the watch, which a refused statement would keep from it.

-- Rows of earlier versions that lack a date which is only told, never acted on.
UPDATE "Attempt" SET "settledAt" = "intendedAt"
 WHERE "settledAt" IS NULL AND "state" NOT IN ('intended', 'submitted', 'action_required', 'unknown');
UPDATE "Attempt" SET "settledAt" = NULL
 WHERE "settledAt" IS NOT NULL AND "state" IN ('intended', 'submitted', 'action_required', 'unknown');

-- ---------------------------------------------------------------- what a row may say

ALTER TABLE "RecoveryCase"
  ADD CONSTRAINT "RecoveryCase_closed_when_over" CHECK (("closedAt" IS NOT NULL) = ("status" IN (
    'recovered', 'paid_elsewhere', 'exhausted', 'skipped', 'cancelled', 'superseded', 'written_off'))),
  ADD CONSTRAINT "RecoveryCase_reason_fits" CHECK (CASE "status"
    WHEN 'awaiting_customer' THEN "reason" IN ('method', 'challenge', 'order')
    WHEN 'awaiting_merchant' THEN "reason" IN ('stock', 'config', 'review')
    WHEN 'held' THEN "reason" IN ('paused', 'merchant', 'brake', 'shopper_stop', 'uninstalled')
    ELSE "reason" IS NULL OR "reason" = 'erased' END IS TRUE),
  -- The clock stands still from a known moment on while a case is held, and at no other time (F14).
  ADD CONSTRAINT "RecoveryCase_frozen_while_held" CHECK (("frozenAt" IS NOT NULL) = ("status" = 'held')),
  ADD CONSTRAINT "RecoveryCase_lane_known" CHECK ("lane" IN (
    'FUNDS', 'ISSUER', 'TECH', 'CARD', 'AUTH', 'STOP', 'MERCHANT', 'STOCK', 'UNKNOWN')),
  ADD CONSTRAINT "RecoveryCase_class_known" CHECK ("lastClass" IN (
    'FUNDS', 'ISSUER', 'TECH', 'CARD', 'AUTH', 'STOP', 'MERCHANT', 'PAID')),
  ADD CONSTRAINT "RecoveryCase_ends_after_it_began" CHECK ("deadlineAt" >= "anchorAt"),
  -- Money is never negative and never without its currency; only a paid case has any.
  ADD CONSTRAINT "RecoveryCase_amount" CHECK ("amount" >= 0 AND "currency" ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT "RecoveryCase_recovered_money" CHECK (
    ("recoveredAmount" IS NULL) = ("recoveredCurrency" IS NULL)
    AND ("recoveredAmount" IS NULL OR ("recoveredAmount" >= 0 AND "status" IN ('recovered', 'paid_elsewhere')))),
  ADD CONSTRAINT "RecoveryCase_source_of_recovery" CHECK (CASE "status"
    WHEN 'recovered' THEN "recoverySource" IN (
      'method_updated', 'paid_by_link', 'shopper_retry', 'retry_after_message', 'silent_retry')
    WHEN 'paid_elsewhere' THEN "recoverySource" = 'elsewhere'
    ELSE "recoverySource" IS NULL END IS TRUE);

ALTER TABLE "Attempt"
  ADD CONSTRAINT "Attempt_settled_when_over" CHECK (("settledAt" IS NULL) = ("state" IN (
    'intended', 'submitted', 'action_required', 'unknown'))),
  ADD CONSTRAINT "Attempt_class_known" CHECK ("class" IN (
    'FUNDS', 'ISSUER', 'TECH', 'CARD', 'AUTH', 'STOP', 'MERCHANT', 'PAID')),
  -- N rungs are N attempts: what a person or another biller asked for uses none (F7).
  ADD CONSTRAINT "Attempt_ladder" CHECK ("countsTowardLadder" = ("trigger" = 'scheduled')),
  ADD CONSTRAINT "Attempt_number" CHECK ("number" >= 1),
  ADD CONSTRAINT "Attempt_refused_with_its_code" CHECK ("state" <> 'refused' OR "refusal" IS NOT NULL),
  -- What Shopify has answered, it has given an id.
  ADD CONSTRAINT "Attempt_known_at_shopify" CHECK (
    "shopifyId" IS NOT NULL OR ("trigger" <> 'external' AND "state" NOT IN ('succeeded', 'action_required')));

ALTER TABLE "StepRun"
  ADD CONSTRAINT "StepRun_settled_when_over" CHECK (("settledAt" IS NULL) = ("state" IN ('scheduled', 'claimed'))),
  ADD CONSTRAINT "StepRun_not_run_says_why" CHECK (
    "state" NOT IN ('skipped', 'missed', 'cancelled', 'failed') OR "reason" IS NOT NULL),
  ADD CONSTRAINT "StepRun_lane_known" CHECK ("lane" IN (
    'FUNDS', 'ISSUER', 'TECH', 'CARD', 'AUTH', 'STOP', 'MERCHANT', 'STOCK', 'UNKNOWN')),
  ADD CONSTRAINT "StepRun_kind_known" CHECK ("kind" IN ('retry', 'email', 'sms', 'staff_task')),
  ADD CONSTRAINT "StepRun_occurrence" CHECK ("occurrence" >= 0);

ALTER TABLE "Message"
  ADD CONSTRAINT "Message_channel_known" CHECK ("channel" IN ('email', 'sms')),
  -- It makes a message single: an empty one would let all of a case pass for the same.
  ADD CONSTRAINT "Message_trigger" CHECK ("triggerKey" <> '');

ALTER TABLE "CaseEvent"
  ADD CONSTRAINT "CaseEvent_says_why" CHECK (btrim("because") <> ''),
  ADD CONSTRAINT "CaseEvent_seq" CHECK ("seq" >= 1);

-- I7: only our own pause is ever undone, and only once it was made.
ALTER TABLE "ContractAction"
  ADD CONSTRAINT "ContractAction_kind_known" CHECK ("kind" IN (
    'pause', 'skip', 'leave', 'unpaid_order', 'cancel', 'activate', 'staff_pause')),
  ADD CONSTRAINT "ContractAction_undone" CHECK (
    "state" <> 'undone' OR ("kind" = 'pause' AND "undoneAt" IS NOT NULL));

-- ---------------------------------------------------------------- what may become of a row

-- Refuses the change that a trigger's WHEN has found. The argument says which rule; the trigger's name is the constraint.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME,
    MESSAGE = format('%s: %s', TG_NAME, TG_ARGV[0]);
END $$;

-- I2: an end is final, and what was recovered stays what it was. Refunds have a column of their own.
CREATE TRIGGER "RecoveryCase_end_is_final" BEFORE UPDATE ON "RecoveryCase" FOR EACH ROW
  WHEN (OLD."closedAt" IS NOT NULL
    AND (OLD."status", OLD."closedAt", OLD."recoveredAmount", OLD."recoveredCurrency", OLD."recoverySource")
        IS DISTINCT FROM
        (NEW."status", NEW."closedAt", NEW."recoveredAmount", NEW."recoveredCurrency", NEW."recoverySource"))
  EXECUTE FUNCTION "refuse_change"('a case that has ended stays as it ended; a new need opens a linked case');

-- Which debt a case is about was settled when it was opened (rulings.md 12).
CREATE TRIGGER "RecoveryCase_same_debt" BEFORE UPDATE ON "RecoveryCase" FOR EACH ROW
  WHEN (OLD."contractId" <> NEW."contractId" OR OLD."cycleIndex" <> NEW."cycleIndex" OR OLD."shop" <> NEW."shop"
    OR OLD."amount" <> NEW."amount" OR OLD."currency" <> NEW."currency")
  EXECUTE FUNCTION "refuse_change"('the cycle and the amount of a case are frozen when it is opened');

-- F10: what became of an attempt is known once.
CREATE TRIGGER "Attempt_settled_is_settled" BEFORE UPDATE ON "Attempt" FOR EACH ROW
  WHEN (OLD."state" <> NEW."state"
    AND (NEW."state" = 'intended' OR OLD."state" NOT IN ('intended', 'submitted', 'action_required', 'unknown')))
  EXECUTE FUNCTION "refuse_change"('an attempt goes forward only, and its result is final');

-- Never reused: one key is one request, made at one time.
CREATE TRIGGER "Attempt_key_is_kept" BEFORE UPDATE ON "Attempt" FOR EACH ROW
  WHEN (OLD."key" <> NEW."key" OR OLD."intendedAt" <> NEW."intendedAt" OR OLD."trigger" <> NEW."trigger"
    OR (OLD."shopifyId" IS NOT NULL AND OLD."shopifyId" IS DISTINCT FROM NEW."shopifyId"))
  EXECUTE FUNCTION "refuse_change"('an attempt keeps its key, its time and its id at Shopify');

-- Never deleted, but with its case when the shop is erased: by then the case is gone.
CREATE FUNCTION "refuse_delete_of_attempt"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM "RecoveryCase" WHERE "id" = OLD."caseId") THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME,
      MESSAGE = 'Attempt_is_kept: attempts are never deleted; what the caps count would be wrong';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER "Attempt_is_kept" BEFORE DELETE ON "Attempt" FOR EACH ROW
  EXECUTE FUNCTION "refuse_delete_of_attempt"();

-- A settled step stays settled. A rung whose charge Shopify would not even create counts as not run.
CREATE TRIGGER "StepRun_settled_is_settled" BEFORE UPDATE ON "StepRun" FOR EACH ROW
  WHEN (OLD."state" <> NEW."state" AND OLD."state" NOT IN ('scheduled', 'claimed')
    AND NOT (OLD."state" = 'done' AND NEW."state" = 'skipped'))
  EXECUTE FUNCTION "refuse_change"('a step that was settled is not scheduled again');

-- F12: what may have reached the shopper is never sent again.
CREATE TRIGGER "Message_is_sent_once" BEFORE UPDATE ON "Message" FOR EACH ROW
  WHEN (OLD."state" IN ('sent', 'uncertain', 'delivered', 'bounced')
    AND NEW."state" IN ('intended', 'sending', 'suppressed'))
  EXECUTE FUNCTION "refuse_change"('a message that may have gone out is not sent again');

-- The timeline is written once. Erasure deletes whole timelines; nobody rewrites a line.
CREATE TRIGGER "CaseEvent_is_written_once" BEFORE UPDATE ON "CaseEvent" FOR EACH ROW
  EXECUTE FUNCTION "refuse_change"('a line of the timeline is never changed');

-- S19: cases run under the version that they were opened with.
CREATE TRIGGER "SequenceVersion_is_frozen" BEFORE UPDATE ON "SequenceVersion" FOR EACH ROW
  WHEN (OLD."body" IS DISTINCT FROM NEW."body" OR OLD."number" <> NEW."number" OR OLD."hash" <> NEW."hash")
  EXECUTE FUNCTION "refuse_change"('a published version never changes; publish another one');
