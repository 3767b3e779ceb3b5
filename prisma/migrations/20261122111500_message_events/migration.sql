-- What SendGrid tells of our mails, and what it leads to.

ALTER TABLE "Message"
  ADD COLUMN "deliveredAt" TIMESTAMPTZ(3),
  ADD COLUMN "lastEventAt" TIMESTAMPTZ(3),
  ADD COLUMN "clickedAt" TIMESTAMPTZ(3),
  ADD COLUMN "eventNote" TEXT,
  DROP CONSTRAINT "Message_state_known",
  ADD CONSTRAINT "Message_state_known" CHECK ("state" IN (
    'intended', 'sending', 'sent', 'uncertain', 'suppressed', 'failed', 'delivered', 'bounced', 'dropped'));

CREATE TABLE "MessageEvent" (
    "id" TEXT NOT NULL,
    "messageId" UUID,
    "type" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "receivedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "MessageEvent_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "MessageEvent_messageId_idx" ON "MessageEvent"("messageId");
CREATE INDEX "MessageEvent_receivedAt_idx" ON "MessageEvent"("receivedAt");

ALTER TABLE "MessageEvent" ADD CONSTRAINT "MessageEvent_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "Message"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "Suppression" ADD COLUMN "channel" TEXT NOT NULL DEFAULT 'all',
  ADD CONSTRAINT "Suppression_channel_known" CHECK ("channel" IN ('email', 'sms', 'all'));
DROP INDEX "Suppression_shop_recipient_key";
CREATE UNIQUE INDEX "Suppression_shop_recipient_channel_key" ON "Suppression"("shop", "recipient", "channel");

-- F12, S17: what may have reached the shopper is never sent again, and what is known of it is never unlearned.
DROP TRIGGER "Message_is_sent_once" ON "Message";
CREATE TRIGGER "Message_is_sent_once" BEFORE UPDATE ON "Message" FOR EACH ROW
  WHEN (OLD."state" IN ('sent', 'uncertain', 'delivered', 'bounced', 'dropped')
    AND NEW."state" IN ('intended', 'sending', 'suppressed'))
  EXECUTE FUNCTION "refuse_change"('a message that may have gone out is not sent again');
CREATE TRIGGER "Message_goes_forward" BEFORE UPDATE ON "Message" FOR EACH ROW
  WHEN ((OLD."state" = 'sent' AND NEW."state" IN ('uncertain', 'failed'))
    OR (OLD."state" = 'delivered' AND NEW."state" IN ('sent', 'uncertain', 'failed', 'dropped'))
    OR (OLD."state" IN ('bounced', 'dropped') AND NEW."state" <> OLD."state"
      AND NEW."state" NOT IN ('intended', 'sending', 'suppressed')))
  EXECUTE FUNCTION "refuse_change"('what SendGrid told of a message is not taken back');
