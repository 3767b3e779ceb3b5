-- Text messages, one mail for several debts, and offers that a shopper has unsubscribed from.

ALTER TABLE "Shop" ADD COLUMN "smsOn" BOOLEAN NOT NULL DEFAULT false;

ALTER TABLE "Message"
  ADD COLUMN "smsSegments" INTEGER,
  ADD COLUMN "mergedInto" UUID,
  DROP CONSTRAINT "Message_state_known",
  ADD CONSTRAINT "Message_state_known" CHECK ("state" IN (
    'intended', 'sending', 'sent', 'uncertain', 'suppressed', 'failed', 'delivered', 'bounced', 'dropped', 'merged')),
  -- What was told in another message names it; nothing else does.
  ADD CONSTRAINT "Message_merged_names_the_other" CHECK (("state" = 'merged') <= ("mergedInto" IS NOT NULL)),
  ADD CONSTRAINT "Message_segments_of_a_text" CHECK ("smsSegments" IS NULL OR ("channel" = 'sms' AND "smsSegments" > 0));

CREATE INDEX "Message_mergedInto_idx" ON "Message"("mergedInto");
-- Whose number answered STOP.
CREATE INDEX "Message_texts_to" ON "Message"("addressHash") WHERE "channel" = 'sms';

-- F12: what was told in another message is not sent by itself.
DROP TRIGGER "Message_is_sent_once" ON "Message";
CREATE TRIGGER "Message_is_sent_once" BEFORE UPDATE ON "Message" FOR EACH ROW
  WHEN (OLD."state" IN ('sent', 'uncertain', 'delivered', 'bounced', 'dropped', 'merged')
    AND NEW."state" IN ('intended', 'sending', 'suppressed'))
  EXECUTE FUNCTION "refuse_change"('a message that may have gone out is not sent again');

ALTER TABLE "Suppression"
  DROP CONSTRAINT "Suppression_channel_known",
  ADD CONSTRAINT "Suppression_channel_known" CHECK ("channel" IN ('email', 'sms', 'offers', 'all'));
