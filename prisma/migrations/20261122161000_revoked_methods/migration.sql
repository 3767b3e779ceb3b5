-- A method that Shopify has revoked keeps its id on the contract, but neither its mail nor its page mends it any more.

ALTER TABLE "RecoveryCase" ADD COLUMN "methodRevokedAt" TIMESTAMPTZ(3);
