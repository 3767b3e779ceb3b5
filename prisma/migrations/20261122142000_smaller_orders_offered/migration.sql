-- A merchant may let shoppers who are short of money take less of one order.

ALTER TABLE "Shop" ADD COLUMN "smallerOrders" BOOLEAN NOT NULL DEFAULT false;
