-- AlterTable
ALTER TABLE "RecoveryCase" ADD COLUMN     "successorId" UUID;

-- A case is followed by one case at most: a debt that was taken up again is a chain, never a tree.
UPDATE "RecoveryCase" c SET "successorId" = n.id FROM "RecoveryCase" n WHERE n."predecessorId" = c.id;
CREATE UNIQUE INDEX "RecoveryCase_successor" ON "RecoveryCase" ("predecessorId") WHERE "predecessorId" IS NOT NULL;
