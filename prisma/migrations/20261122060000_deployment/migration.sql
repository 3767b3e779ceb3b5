-- CreateTable
CREATE TABLE "Deployment" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "origin" TEXT NOT NULL,
    "production" BOOLEAN NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Deployment_pkey" PRIMARY KEY ("id")
);

-- One row: a database belongs to one place.
ALTER TABLE "Deployment" ADD CONSTRAINT "Deployment_one" CHECK ("id" = 1);

-- What the retention job asks for once an hour: closed cases that still tell who the customer was.
CREATE INDEX "RecoveryCase_personal" ON "RecoveryCase" ("closedAt")
  WHERE "closedAt" IS NOT NULL
    AND ("customerId" IS NOT NULL OR "customerName" IS NOT NULL OR "methodFingerprint" IS NOT NULL);
