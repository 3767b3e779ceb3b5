-- A security code or a billing address that was entered again shows in nothing that Shopify tells of a method.

ALTER TABLE "RecoveryCase" ADD COLUMN "methodSavedAt" TIMESTAMPTZ(3);
