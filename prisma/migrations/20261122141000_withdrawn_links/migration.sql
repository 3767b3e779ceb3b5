-- Staff may withdraw the link of a case: links of earlier turns open nothing any more.

ALTER TABLE "RecoveryCase"
  ADD COLUMN "linkTurn" INTEGER NOT NULL DEFAULT 0,
  ADD CONSTRAINT "RecoveryCase_link_turn" CHECK ("linkTurn" BETWEEN 0 AND 65535);
