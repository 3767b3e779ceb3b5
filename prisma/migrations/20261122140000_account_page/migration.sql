-- Mails lead to our page in the customer account where a shop has one.

ALTER TABLE "Shop" ADD COLUMN "accountPage" TEXT;
