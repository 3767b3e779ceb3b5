-- No shop has a template of its own yet: nothing could write one.
DROP TABLE "MessageTemplate";

CREATE TABLE "MessageTemplate" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "lane" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "preview" TEXT NOT NULL,
    "blocks" JSONB NOT NULL,
    "commercial" BOOLEAN NOT NULL,
    "version" INTEGER NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedBy" TEXT NOT NULL,

    CONSTRAINT "MessageTemplate_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "MessageTemplate_channel_known" CHECK ("channel" IN ('email', 'sms'))
);

CREATE UNIQUE INDEX "MessageTemplate_shop_stage_lane_channel_language_key" ON "MessageTemplate"("shop", "stage", "lane", "channel", "language");

CREATE TABLE "Brand" (
    "shop" TEXT NOT NULL,
    "logoUrl" TEXT,
    "logoAlt" TEXT NOT NULL,
    "accent" TEXT NOT NULL,
    "background" TEXT NOT NULL,
    "ink" TEXT NOT NULL,
    "policy" TEXT,
    "postalAddress" TEXT,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedBy" TEXT NOT NULL,

    CONSTRAINT "Brand_pkey" PRIMARY KEY ("shop")
);
