/**
 * A signed payload that lacks what only it could say. Trying again cannot help, so it is given up at once and staff are
 * told; what can be read again from Shopify never needs this.
 */
export class UnreadablePayload extends Error {}
