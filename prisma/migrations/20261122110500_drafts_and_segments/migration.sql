-- Sequences get a draft beside their versions, versions a note, shops an order of segments, and cases what was known of
-- the shopper when they opened.
ALTER TABLE "Sequence"
  ADD COLUMN "preset" TEXT,
  ADD COLUMN "archivedAt" TIMESTAMPTZ(3),
  ADD COLUMN "draft" JSONB,
  ADD COLUMN "draftSavedAt" TIMESTAMPTZ(3),
  ADD COLUMN "draftSavedBy" TEXT,
  ADD COLUMN "draftBasedOn" INTEGER;

ALTER TABLE "SequenceVersion"
  ADD COLUMN "note" TEXT,
  ADD COLUMN "restores" INTEGER;

ALTER TABLE "RecoveryCase"
  ADD COLUMN "traits" JSONB,
  ADD COLUMN "segmentRule" TEXT;

CREATE TABLE "SegmentRule" (
  "id" UUID NOT NULL,
  "shop" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "sequenceId" UUID NOT NULL,
  "conditions" JSONB NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL,
  "updatedBy" TEXT NOT NULL,

  CONSTRAINT "SegmentRule_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "SegmentRule_sequenceId_fkey" FOREIGN KEY ("sequenceId") REFERENCES "Sequence"("id") ON DELETE CASCADE ON UPDATE CASCADE,
  -- Looked at when the transaction ends: two rules change places within it.
  CONSTRAINT "one_rule_at_a_place" UNIQUE ("shop", "position") DEFERRABLE INITIALLY DEFERRED
);

-- A draft says from when, by whom and on what it is, or there is none.
ALTER TABLE "Sequence" ADD CONSTRAINT "draft_whole" CHECK (
  num_nulls("draft", "draftSavedAt", "draftSavedBy", "draftBasedOn") IN (0, 4)
);

-- One that nobody sees any more is given to no case.
ALTER TABLE "Sequence" ADD CONSTRAINT "archived_is_off" CHECK (
  "archivedAt" IS NULL OR (NOT "isOn" AND NOT "isDefault")
);

ALTER TABLE "SequenceVersion" ADD CONSTRAINT "SequenceVersion_policy_known" CHECK ("inFlightPolicy" IN ('leave', 'move', 'end'));

-- Cases that meet a new version do so by the clock.
ALTER TABLE "ShopClock" DROP CONSTRAINT "ShopClock_job_known";
ALTER TABLE "ShopClock" ADD CONSTRAINT "ShopClock_job_known" CHECK ("job" IN (
  'reconcile', 'sweep', 'scan', 'backfill', 'brake', 'versions'));
