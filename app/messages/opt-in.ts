/**
 * What a shopper agrees to before a text is sent: who writes and about what, how often, what it costs, and how to end it.
 * Pure. Source: CTIA's messaging principles, on what a call to action must say.
 */
export function optInSentence(shopName: string): string {
  return (
    `I agree to texts from ${shopName} about the payments of my subscription, at most two for a payment that did not go ` +
    'through. Message and data rates may apply. Reply STOP to end them, HELP for help. Agreeing is no condition of a purchase.'
  )
}
