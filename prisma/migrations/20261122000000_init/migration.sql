-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "Session" (
    "id" TEXT NOT NULL,
    "shop" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "isOnline" BOOLEAN NOT NULL DEFAULT false,
    "scope" TEXT,
    "expires" TIMESTAMP(3),
    "accessToken" TEXT NOT NULL,
    "userId" BIGINT,
    "firstName" TEXT,
    "lastName" TEXT,
    "email" TEXT,
    "accountOwner" BOOLEAN NOT NULL DEFAULT false,
    "locale" TEXT,
    "collaborator" BOOLEAN DEFAULT false,
    "emailVerified" BOOLEAN DEFAULT false,
    "refreshToken" TEXT,
    "refreshTokenExpires" TIMESTAMP(3),

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Shop" (
    "shop" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT,
    "zone" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "locale" TEXT NOT NULL DEFAULT 'en',
    "installedAt" TIMESTAMPTZ(3) NOT NULL,
    "uninstalledAt" TIMESTAMPTZ(3),
    "redactedAt" TIMESTAMPTZ(3),
    "recoveryStartedAt" TIMESTAMPTZ(3),
    "stoppedAt" TIMESTAMPTZ(3),
    "stoppedBy" TEXT,
    "ownsContracts" BOOLEAN NOT NULL DEFAULT false,
    "otherNoticesOffAt" TIMESTAMPTZ(3),
    "testMailSentAt" TIMESTAMPTZ(3),
    "senderName" TEXT,
    "replyTo" TEXT,
    "emailFromHour" INTEGER NOT NULL DEFAULT 8,
    "emailUntilHour" INTEGER NOT NULL DEFAULT 20,

    CONSTRAINT "Shop_pkey" PRIMARY KEY ("shop")
);

-- CreateTable
CREATE TABLE "RecoveryCase" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "contractId" TEXT NOT NULL,
    "cycleIndex" INTEGER NOT NULL,
    "expectedAt" TIMESTAMPTZ(3) NOT NULL,
    "nextExpectedAt" TIMESTAMPTZ(3),
    "anchorAt" TIMESTAMPTZ(3) NOT NULL,
    "openedAt" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL,
    "reason" TEXT,
    "version" INTEGER NOT NULL DEFAULT 0,
    "amount" DECIMAL(18,4) NOT NULL,
    "currency" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "zoneSource" TEXT NOT NULL,
    "lane" TEXT,
    "laneEnteredAt" TIMESTAMPTZ(3) NOT NULL,
    "lastCode" TEXT,
    "lastClass" TEXT,
    "lastFamily" TEXT,
    "customerId" TEXT,
    "customerName" TEXT,
    "customerLocale" TEXT,
    "productTitle" TEXT,
    "methodId" TEXT,
    "methodFingerprint" TEXT,
    "methodLabel" TEXT,
    "instrument" TEXT,
    "sequenceVersionId" UUID NOT NULL,
    "nextActionAt" TIMESTAMPTZ(3),
    "lookAgainAt" TIMESTAMPTZ(3),
    "deadlineAt" TIMESTAMPTZ(3) NOT NULL,
    "graceEndsAt" TIMESTAMPTZ(3) NOT NULL,
    "graceEndedAt" TIMESTAMPTZ(3),
    "frozenAt" TIMESTAMPTZ(3),
    "source" TEXT NOT NULL,
    "predecessorId" UUID,
    "closedAt" TIMESTAMPTZ(3),
    "recoveredAmount" DECIMAL(18,4),
    "recoveredCurrency" TEXT,
    "recoverySource" TEXT,
    "orderId" TEXT,
    "correlationId" TEXT NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "deadReason" TEXT,
    "leaseUntil" TIMESTAMPTZ(3),
    "leaseBy" TEXT,

    CONSTRAINT "RecoveryCase_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Attempt" (
    "id" UUID NOT NULL,
    "caseId" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "contractId" TEXT NOT NULL,
    "cycleIndex" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "trigger" TEXT NOT NULL,
    "stepKey" TEXT,
    "countsTowardLadder" BOOLEAN NOT NULL,
    "key" TEXT NOT NULL,
    "methodId" TEXT,
    "methodFingerprint" TEXT,
    "state" TEXT NOT NULL,
    "rawCode" TEXT,
    "class" TEXT,
    "refusal" TEXT,
    "shopifyId" TEXT,
    "orderId" TEXT,
    "intendedAt" TIMESTAMPTZ(3) NOT NULL,
    "submittedAt" TIMESTAMPTZ(3),
    "settledAt" TIMESTAMPTZ(3),

    CONSTRAINT "Attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Sequence" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "isDefault" BOOLEAN NOT NULL DEFAULT false,
    "isOn" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Sequence_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SequenceVersion" (
    "id" UUID NOT NULL,
    "sequenceId" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "body" JSONB NOT NULL,
    "hash" TEXT NOT NULL,
    "publishedAt" TIMESTAMPTZ(3) NOT NULL,
    "publishedBy" TEXT NOT NULL,
    "inFlightPolicy" TEXT NOT NULL DEFAULT 'leave',

    CONSTRAINT "SequenceVersion_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "StepRun" (
    "id" UUID NOT NULL,
    "caseId" UUID NOT NULL,
    "versionId" UUID NOT NULL,
    "stepKey" TEXT NOT NULL,
    "occurrence" INTEGER NOT NULL DEFAULT 0,
    "lane" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "template" TEXT,
    "dueAt" TIMESTAMPTZ(3) NOT NULL,
    "wallTime" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "settledAt" TIMESTAMPTZ(3),

    CONSTRAINT "StepRun_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Message" (
    "id" UUID NOT NULL,
    "caseId" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "customerId" TEXT,
    "stepRunId" UUID,
    "triggerKey" TEXT NOT NULL,
    "recipientHash" TEXT NOT NULL,
    "addressHash" TEXT,
    "channel" TEXT NOT NULL,
    "template" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "subject" TEXT,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "providerId" TEXT,
    "countsTowardCap" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "sentAt" TIMESTAMPTZ(3),

    CONSTRAINT "Message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "MethodBudget" (
    "shop" TEXT NOT NULL,
    "methodId" TEXT NOT NULL,
    "attempts30d" INTEGER NOT NULL DEFAULT 0,
    "failures35d" INTEGER NOT NULL DEFAULT 0,
    "stopUntil" TIMESTAMPTZ(3),
    "countedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "MethodBudget_pkey" PRIMARY KEY ("shop","methodId")
);

-- CreateTable
CREATE TABLE "ContractAction" (
    "id" UUID NOT NULL,
    "caseId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "before" TEXT NOT NULL,
    "after" TEXT,
    "state" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "undoneAt" TIMESTAMPTZ(3),

    CONSTRAINT "ContractAction_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "WebhookEvent" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "eventId" TEXT NOT NULL,
    "webhookId" TEXT NOT NULL,
    "apiVersion" TEXT NOT NULL,
    "triggeredAt" TIMESTAMPTZ(3),
    "receivedAt" TIMESTAMPTZ(3) NOT NULL,
    "body" TEXT NOT NULL,
    "flag" TEXT,
    "state" TEXT NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "nextTryAt" TIMESTAMPTZ(3),
    "doneAt" TIMESTAMPTZ(3),
    "error" TEXT,
    "correlationId" TEXT NOT NULL,
    "leaseUntil" TIMESTAMPTZ(3),
    "leaseBy" TEXT,

    CONSTRAINT "WebhookEvent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CaseEvent" (
    "caseId" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "because" TEXT NOT NULL,
    "data" JSONB,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "correlationId" TEXT,

    CONSTRAINT "CaseEvent_pkey" PRIMARY KEY ("caseId","seq")
);

-- CreateTable
CREATE TABLE "JobHeartbeat" (
    "job" TEXT NOT NULL,
    "lastRunAt" TIMESTAMPTZ(3) NOT NULL,
    "lagMs" INTEGER NOT NULL DEFAULT 0,
    "worker" TEXT NOT NULL,

    CONSTRAINT "JobHeartbeat_pkey" PRIMARY KEY ("job")
);

-- CreateTable
CREATE TABLE "StaffTask" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "caseId" UUID,
    "kind" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "doneAt" TIMESTAMPTZ(3),
    "doneBy" TEXT,
    "subject" TEXT NOT NULL,

    CONSTRAINT "StaffTask_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Suppression" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "recipient" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Suppression_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "MessageTemplate" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedBy" TEXT NOT NULL,

    CONSTRAINT "MessageTemplate_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "id" UUID NOT NULL,
    "shop" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target" TEXT,
    "data" JSONB,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "AuditEntry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Session_shop_idx" ON "Session"("shop");

-- CreateIndex
CREATE INDEX "RecoveryCase_shop_status_openedAt_id_idx" ON "RecoveryCase"("shop", "status", "openedAt" DESC, "id");

-- CreateIndex
CREATE INDEX "RecoveryCase_shop_openedAt_id_idx" ON "RecoveryCase"("shop", "openedAt" DESC, "id");

-- CreateIndex
CREATE INDEX "RecoveryCase_shop_contractId_cycleIndex_idx" ON "RecoveryCase"("shop", "contractId", "cycleIndex");

-- CreateIndex
CREATE INDEX "RecoveryCase_shop_customerId_idx" ON "RecoveryCase"("shop", "customerId");

-- CreateIndex
CREATE INDEX "RecoveryCase_shop_methodId_idx" ON "RecoveryCase"("shop", "methodId");

-- CreateIndex
CREATE UNIQUE INDEX "Attempt_key_key" ON "Attempt"("key");

-- CreateIndex
CREATE INDEX "Attempt_shop_methodId_intendedAt_idx" ON "Attempt"("shop", "methodId", "intendedAt");

-- CreateIndex
CREATE INDEX "Attempt_shop_contractId_cycleIndex_intendedAt_idx" ON "Attempt"("shop", "contractId", "cycleIndex", "intendedAt");

-- CreateIndex
CREATE UNIQUE INDEX "Attempt_caseId_number_key" ON "Attempt"("caseId", "number");

-- CreateIndex
CREATE INDEX "Sequence_shop_idx" ON "Sequence"("shop");

-- CreateIndex
CREATE UNIQUE INDEX "SequenceVersion_sequenceId_number_key" ON "SequenceVersion"("sequenceId", "number");

-- CreateIndex
CREATE UNIQUE INDEX "StepRun_caseId_versionId_stepKey_occurrence_key" ON "StepRun"("caseId", "versionId", "stepKey", "occurrence");

-- CreateIndex
CREATE INDEX "Message_shop_customerId_createdAt_idx" ON "Message"("shop", "customerId", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "Message_caseId_triggerKey_recipientHash_channel_key" ON "Message"("caseId", "triggerKey", "recipientHash", "channel");

-- CreateIndex
CREATE UNIQUE INDEX "ContractAction_caseId_kind_key" ON "ContractAction"("caseId", "kind");

-- CreateIndex
CREATE INDEX "WebhookEvent_receivedAt_idx" ON "WebhookEvent"("receivedAt");

-- CreateIndex
CREATE UNIQUE INDEX "WebhookEvent_shop_topic_eventId_key" ON "WebhookEvent"("shop", "topic", "eventId");

-- CreateIndex
CREATE INDEX "StaffTask_shop_doneAt_createdAt_idx" ON "StaffTask"("shop", "doneAt", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "Suppression_shop_recipient_key" ON "Suppression"("shop", "recipient");

-- CreateIndex
CREATE UNIQUE INDEX "MessageTemplate_shop_key_channel_locale_key" ON "MessageTemplate"("shop", "key", "channel", "locale");

-- CreateIndex
CREATE INDEX "AuditEntry_shop_at_idx" ON "AuditEntry"("shop", "at" DESC);

-- AddForeignKey
ALTER TABLE "RecoveryCase" ADD CONSTRAINT "RecoveryCase_shop_fkey" FOREIGN KEY ("shop") REFERENCES "Shop"("shop") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RecoveryCase" ADD CONSTRAINT "RecoveryCase_sequenceVersionId_fkey" FOREIGN KEY ("sequenceVersionId") REFERENCES "SequenceVersion"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Attempt" ADD CONSTRAINT "Attempt_caseId_fkey" FOREIGN KEY ("caseId") REFERENCES "RecoveryCase"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Sequence" ADD CONSTRAINT "Sequence_shop_fkey" FOREIGN KEY ("shop") REFERENCES "Shop"("shop") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SequenceVersion" ADD CONSTRAINT "SequenceVersion_sequenceId_fkey" FOREIGN KEY ("sequenceId") REFERENCES "Sequence"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "StepRun" ADD CONSTRAINT "StepRun_caseId_fkey" FOREIGN KEY ("caseId") REFERENCES "RecoveryCase"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_caseId_fkey" FOREIGN KEY ("caseId") REFERENCES "RecoveryCase"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ContractAction" ADD CONSTRAINT "ContractAction_caseId_fkey" FOREIGN KEY ("caseId") REFERENCES "RecoveryCase"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CaseEvent" ADD CONSTRAINT "CaseEvent_caseId_fkey" FOREIGN KEY ("caseId") REFERENCES "RecoveryCase"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "StaffTask" ADD CONSTRAINT "StaffTask_shop_fkey" FOREIGN KEY ("shop") REFERENCES "Shop"("shop") ON DELETE RESTRICT ON UPDATE CASCADE;



-- ---------------------------------------------------------------------------------------------------------
-- Written by hand from here on: what the Prisma schema language cannot say. Keep it when a migration is made.
-- ---------------------------------------------------------------------------------------------------------

-- One open case for a cycle. A terminal case may have a successor.
CREATE UNIQUE INDEX "RecoveryCase_open_cycle" ON "RecoveryCase" ("shop", "contractId", "cycleIndex")
  WHERE "status" NOT IN ('recovered', 'paid_elsewhere', 'exhausted', 'skipped', 'cancelled', 'superseded', 'written_off');

-- H1: one live attempt for a cycle, across linked cases.
CREATE UNIQUE INDEX "Attempt_live_cycle" ON "Attempt" ("shop", "contractId", "cycleIndex")
  WHERE "state" IN ('intended', 'submitted', 'action_required', 'unknown');

-- One row for an attempt at Shopify, whoever made it.
CREATE UNIQUE INDEX "Attempt_shopifyId" ON "Attempt" ("shopifyId") WHERE "shopifyId" IS NOT NULL;

-- One open task of a kind for a subject, and one default sequence for a shop.
CREATE UNIQUE INDEX "StaffTask_open" ON "StaffTask" ("shop", "kind", "subject") WHERE "doneAt" IS NULL;
CREATE UNIQUE INDEX "Sequence_default" ON "Sequence" ("shop") WHERE "isDefault";

-- What the workers ask for all day: what is due, and whose lease ran out.
CREATE INDEX "RecoveryCase_due" ON "RecoveryCase" ("nextActionAt") WHERE "nextActionAt" IS NOT NULL;
CREATE INDEX "RecoveryCase_leased" ON "RecoveryCase" ("leaseUntil") WHERE "leaseUntil" IS NOT NULL;
CREATE INDEX "WebhookEvent_due" ON "WebhookEvent" ("nextTryAt") WHERE "state" IN ('received', 'failed');
CREATE INDEX "StepRun_scheduled" ON "StepRun" ("caseId", "dueAt") WHERE "state" = 'scheduled';

-- The words of the state columns; the comments of schema.prisma and app/dunning/types.ts say what they mean.
ALTER TABLE "RecoveryCase" ADD CONSTRAINT "RecoveryCase_status_known" CHECK ("status" IN (
  'open', 'retrying', 'awaiting_customer', 'awaiting_merchant', 'held', 'in_doubt',
  'recovered', 'paid_elsewhere', 'exhausted', 'skipped', 'cancelled', 'superseded', 'written_off'));
ALTER TABLE "Attempt" ADD CONSTRAINT "Attempt_state_known" CHECK ("state" IN (
  'intended', 'submitted', 'succeeded', 'failed', 'refused', 'action_required', 'unknown', 'abandoned'));
ALTER TABLE "StepRun" ADD CONSTRAINT "StepRun_state_known" CHECK ("state" IN (
  'scheduled', 'claimed', 'done', 'skipped', 'missed', 'cancelled', 'failed'));
ALTER TABLE "Message" ADD CONSTRAINT "Message_state_known" CHECK ("state" IN (
  'intended', 'sending', 'sent', 'uncertain', 'suppressed', 'failed', 'delivered', 'bounced'));
ALTER TABLE "ContractAction" ADD CONSTRAINT "ContractAction_state_known" CHECK ("state" IN (
  'intended', 'done', 'dropped', 'undone'));
ALTER TABLE "WebhookEvent" ADD CONSTRAINT "WebhookEvent_state_known" CHECK ("state" IN (
  'received', 'done', 'failed', 'dead'));
