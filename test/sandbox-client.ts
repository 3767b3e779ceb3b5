/** The sandbox's control API (sandbox/README.md), with types. Tests and benches speak to the local Shopify through it. */

export type Instrument = 'card' | 'shop_pay' | 'paypal' | 'bank_account'

/** How a card answers each attempt. Codes are Shopify's, upper case; 'OK' is a payment. */
export type CardScript =
  | { type: 'ok' }
  | { type: 'code'; code: string }
  | { type: 'codes'; codes: string[] }
  | { type: 'code_a_day'; codes: string[] }
  | { type: 'no_money_until'; at: string }
  | { type: 'no_money_above'; amount: string }
  | { type: 'expired' }
  | { type: 'moody'; codes: string[]; okOnAttempt: number }
  | { type: 'processor_down'; until: string }
  | { type: 'challenge'; then: string }

export type Card = {
  instrument: Instrument
  brand: string
  last4: string
  expiryMonth: number
  expiryYear: number
  script: CardScript
}

export type NewShop = {
  domain: string
  name: string
  zone: string
  currency: string
  country: string
  email?: string
}

export type NewContract = {
  shop: string
  customer: {
    firstName: string
    lastName: string
    email: string | null
    locale: string
    country: string
    province?: string
    city?: string
    /** E.164. */
    phone?: string
    acceptsTexts?: boolean
    tags?: string[]
    /** Spent in this shop before, decimal string, and in how many orders. */
    spent?: string
    orders?: number
    acceptsEmail?: boolean
  }
  card: Card
  /** Instead of customer and card: a saved method that this contract shares. */
  methodId?: string
  interval: 'DAY' | 'WEEK' | 'MONTH' | 'YEAR'
  intervalCount: number
  /** ISO instant. */
  firstChargeAt: string
  /** Decimal string in the shop's currency. */
  price: string
  quantity?: number
  /** Decimal string; nothing unless it is said. */
  deliveryPrice?: string
  productTitle: string
  stock?: number
  /** Of the product, on Shopify's CDN. */
  pictureUrl?: string
  /** Further lines. */
  also?: { title: string; price: string; quantity: number }[]
  /** Where it ships to; not accepted: Shopify answers INVALID_SHIPPING_ADDRESS. */
  shipsTo?: ShipsTo
  /** False: the biller leaves `originTime` empty. */
  billerStatesOrigin?: boolean
}

export type ShipsTo = { address1: string; city?: string; zip?: string; accepted?: boolean }

export type MadeContract = {
  contractId: string
  customerId: string
  methodId: string
  productVariantId: string
}

export type Fault = {
  /** A root field of the Admin API, or '*'. */
  operation: string
  mode: 'lose_answer' | 'late' | 'then' | 'http_500' | 'throttled' | 'timeout' | 'refuse'
  code?: string
  /** With `then`: what of the control API is done between Shopify's answer and its reader. */
  path?: string
  body?: object
  times: number
  shop?: string
}

/** What goes wrong by chance: as often as `probability` says (0 ends it), drawn from `seed`. */
export type ByChance = { mode: 'random'; probability: number; seed: number }

export type WebhookPolicy = {
  topic: string
  mode: 'twice' | 'late' | 'lost' | 'out_of_order' | 'normal'
  /** ISO duration. */
  delay?: string
  times?: number
}

export type CustomWebhook = {
  shop: string
  topic: string
  body: string | object
  copies?: number
  headers?: Record<string, string>
  hmac?: 'good' | 'bad' | 'none'
  eventId?: string
  webhookId?: string
}

/** One request that reached the bank, paid or declined. */
export type Charge = {
  at: string
  shop: string
  contractId: string
  cycleIndex: number
  attemptId: string
  key: string
  methodId: string
  amount: string
  currency: string
  /** 'paid', or the code of the decline. */
  result: string
  /** When the result came; null: there is none yet. */
  settledAt: string | null
  by: 'app' | 'biller'
  /** SubscriptionActor: on whose behalf Shopify was told that the app asked. */
  actor?: string | null
}

export type Flag = {
  kind:
    | 'double_charge'
    | 'closed_cycle'
    | 'before_date'
    | 'after_next_date'
    | 'live_attempt'
    | 'within_24h'
    | 'over_8_on_cycle'
    | 'over_10_on_method'
    | 'forbidden_class'
  at: string
  contractId: string
  cycleIndex: number
  by: 'app' | 'biller'
  detail: string
}

export type Oracle = {
  charges: Charge[]
  flags: Flag[]
  /** Requests that Shopify would not take. */
  refused: { code: string }[]
}

export type Mail = {
  id: string
  at: string
  to: string
  from: string
  replyTo: string | null
  subject: string
  html: string
  text: string
  customArgs: Record<string, string>
  categories: string[]
  headers: Record<string, string>
  answer: number | 'silent' | 'cut'
}

export type Text = {
  sid: string
  at: string
  number: string
  /** `in`: the phone got it; `out`: the shopper wrote it. */
  way: 'in' | 'out'
  text: string
  status: string
}

export type Delivery = {
  id: string
  eventId: string
  topic: string
  shop: string
  at: string
  tries: { at: string; status: number | null; ms: number }[]
  state: string
}

export type Acknowledged = {
  counts: Record<string, number>
  acknowledged: { eventId: string; shop: string; topic: string; at: string }[]
}

export type StartedStory = {
  story: string
  shop: string
  contractId: string
  customerId: string
  now: string
}

/**
 * Where the clock is moved: an instant, a distance (ISO duration), or the next thing that happens. With `hop` (ISO
 * duration) the app is waited for only at the end of each.
 */
export type ClockMove =
  | { to: Date | string; hop?: string }
  | { by: string; hop?: string }
  | { until: 'next' }

export class SandboxClient {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  /** An empty world with its clock at `now`. `lean`: it keeps no texts and no deliveries that are over. */
  async reset(now: Date, lean = false): Promise<void> {
    await this.post('reset', { now: now.toISOString(), lean })
  }

  async createShop(shop: NewShop): Promise<void> {
    await this.post('shops', shop)
  }

  async uninstall(domain: string): Promise<void> {
    await this.post(`shops/${domain}/uninstall`)
  }

  async requestCompliance(domain: string, topic: string, customerId?: string): Promise<void> {
    await this.post(`shops/${domain}/compliance`, { topic, customerId })
  }

  /** The address with which the admin loads the app in its frame. */
  async launchUrl(domain: string, path = '/app'): Promise<string> {
    const query = new URLSearchParams({ path })
    return (await this.get<{ url: string }>(`shops/${domain}/launch?${query}`)).url
  }

  async idToken(domain: string): Promise<string> {
    return (await this.get<{ token: string }>(`shops/${domain}/id-token`)).token
  }

  createContract(contract: NewContract): Promise<MadeContract> {
    return this.post('contracts', contract)
  }

  async changeContract(
    contractId: string,
    action: 'pause' | 'activate' | 'cancel' | 'expire',
  ): Promise<void> {
    await this.post(`contracts/${encodeURIComponent(contractId)}/${action}`)
  }

  /** The customer gives another card (`replace`), or the same method gets a new date (`update`). */
  changeMethod(
    contractId: string,
    card: Card,
    mode: 'replace' | 'update' = 'replace',
  ): Promise<{ methodId: string }> {
    return this.post(`contracts/${encodeURIComponent(contractId)}/method`, { card, mode })
  }

  async changeCycle(
    contractId: string,
    cycleIndex: number,
    action: 'skip' | 'unskip' | 'bill-elsewhere' | 'charge' | 'move',
    how: { unlisted?: boolean; to?: string } = {},
  ): Promise<void> {
    await this.post(
      `contracts/${encodeURIComponent(contractId)}/cycles/${cycleIndex}/${action}`,
      how,
    )
  }

  /** The date of one cycle is edited. */
  async moveCycle(contractId: string, cycleIndex: number, to: string): Promise<void> {
    await this.post(`contracts/${encodeURIComponent(contractId)}/cycles/${cycleIndex}/move`, { to })
  }

  /** With MERGED, its contracts move to the method `into`, or to a copy of it. */
  async revokeMethod(methodId: string, reason: string, into?: string): Promise<void> {
    await this.post(`methods/${encodeURIComponent(methodId)}/revoke`, { reason, into })
  }

  /** PayPal and Shop Pay: the shopper ends the agreement, or approves it again. */
  async changeAgreement(methodId: string, active: boolean): Promise<void> {
    await this.post(`methods/${encodeURIComponent(methodId)}/agreement`, { active })
  }

  async answerChallenge(
    attemptId: string,
    result: 'pass' | 'fail' | 'expire' | 'abandon',
  ): Promise<void> {
    await this.post(`attempts/${encodeURIComponent(attemptId)}/challenge`, { result })
  }

  /** What is shipped, where to, for how much; `without`: the title of a further line that is taken out. */
  async editContract(
    contractId: string,
    change: { price?: string; shipsTo?: ShipsTo; without?: string },
  ): Promise<void> {
    await this.post(`contracts/${encodeURIComponent(contractId)}/edit`, change)
  }

  async removeMethod(contractId: string): Promise<void> {
    await this.post(`contracts/${encodeURIComponent(contractId)}/method`, { mode: 'remove' })
  }

  /** The cause of the last failure is gone: the oracle's own knowledge, told to nobody else. */
  async mended(contractId: string): Promise<void> {
    await this.post(`contracts/${encodeURIComponent(contractId)}/mended`)
  }

  /** The merchant has not approved this scope. */
  async withholdScope(domain: string, scope: string): Promise<void> {
    const { shops } = await this.state<{ shops: { domain: string; scopes: string[] }[] }>()
    const scopes = shops.find((shop) => shop.domain === domain)?.scopes ?? []
    await this.post(`shops/${domain}/scopes`, { scopes: scopes.filter((one) => one !== scope) })
  }

  async putUnderReview(contractId: string, on: boolean): Promise<void> {
    await this.post(`contracts/${encodeURIComponent(contractId)}/review`, { on })
  }

  /** Another biller makes an order for the cycle and takes no money. */
  async unpaidOrder(contractId: string, cycleIndex: number): Promise<{ orderId: string }> {
    const path = `contracts/${encodeURIComponent(contractId)}/cycles/${cycleIndex}/unpaid-order`
    return this.post(path)
  }

  async payOrder(orderId: string): Promise<void> {
    await this.post(`orders/${encodeURIComponent(orderId)}/pay`)
  }

  /** All of it, unless an amount is named. */
  async refundOrder(orderId: string, amount?: string): Promise<void> {
    await this.post(`orders/${encodeURIComponent(orderId)}/refund`, amount ? { amount } : {})
  }

  /** Breaks the shop's payment processor: every charge is answered with `code`. Without a code it is up again. */
  async processor(domain: string, code: string | null): Promise<void> {
    await this.post(
      `shops/${domain}/processor`,
      code === null ? { state: 'up' } : { state: 'down', code },
    )
  }

  async setStock(variantId: string, quantity: number): Promise<void> {
    await this.post(`variants/${encodeURIComponent(variantId)}/stock`, { quantity })
  }

  async fault(fault: Fault | ({ operation: string } & ByChance)): Promise<void> {
    await this.post('faults', fault)
  }

  async webhookPolicy(policy: WebhookPolicy | ({ topic: string } & ByChance)): Promise<void> {
    await this.post('webhook-policy', policy)
  }

  /** Delivers at once, signed or wrongly signed as told; the status of each copy. */
  async sendWebhook(webhook: CustomWebhook): Promise<number[]> {
    return (await this.post<{ statuses: number[] }>('webhooks', webhook)).statuses
  }

  /** Moves world time and answers when the app has done all that fell due on the way. */
  moveClock(move: ClockMove): Promise<{ now: string; stops: unknown[] }> {
    const at = 'to' in move ? { ...move, to: new Date(move.to).toISOString() } : move
    return this.post('clock', at)
  }

  async now(): Promise<Date> {
    return new Date((await this.get<{ now: string }>('clock')).now)
  }

  /** What the bank saw, and what should never have reached it. */
  oracle(of: { shop?: string; contract?: string } = {}): Promise<Oracle> {
    return this.get(`oracle?${new URLSearchParams(of)}`)
  }

  /** SendGrid tells the app of a mail, known by our own message id. Answers the statuses of what is told at once. */
  async mailEvent(
    messageId: string,
    event: 'processed' | 'deferred' | 'delivered' | 'bounce' | 'blocked' | 'dropped' | 'spamreport',
    how: { copies?: number; late?: string; signature?: 'good' | 'bad' } = {},
  ): Promise<number[]> {
    const told = { messageId, event, ...how }
    return (await this.post<{ statuses: number[] }>('mailbox/events', told)).statuses
  }

  /** What becomes of mails from now on. */
  async mailFate(
    fate: 'quiet' | 'deliver' | 'defer' | 'bounce' | 'messy',
    to?: string,
  ): Promise<void> {
    await this.post('mailbox/fate', { fate, ...(to ? { to } : {}) })
  }

  /** Whether SendGrid finds the DNS entries of a domain from now on. */
  async senderDomain(domain: string, valid: boolean): Promise<void> {
    await this.post('mailbox/domains', { domain, valid })
  }

  /** Newest last; `to`: of one address only. */
  async mailbox(to?: string): Promise<Mail[]> {
    const query = to === undefined ? '' : `?${new URLSearchParams({ to })}`
    return (await this.get<{ messages: Mail[] }>(`mailbox${query}`)).messages
  }

  async mailBehaviour(answer: number | 'silent' | 'cut', times?: number): Promise<void> {
    await this.post('mailbox/behaviour', { answer, times })
  }

  /** What a phone got and sent, newest last. */
  async texts(number?: string): Promise<Text[]> {
    const query = number === undefined ? '' : `?${new URLSearchParams({ number })}`
    return (await this.get<{ texts: Text[] }>(`phones${query}`)).texts
  }

  /** The shopper answers on their phone; the statuses of our answers. */
  async replyByText(
    number: string,
    text: string,
    how: { copies?: number } = {},
  ): Promise<number[]> {
    const told = { number, text, ...how }
    return (await this.post<{ statuses: number[] }>('phones/reply', told)).statuses
  }

  /** Twilio tells what became of a text, at once; the statuses of our answers. */
  async textStatus(
    sid: string,
    status: string,
    how: { code?: string; copies?: number; signature?: 'good' | 'bad' } = {},
  ): Promise<number[]> {
    return (await this.post<{ statuses: number[] }>('phones/status', { sid, status, ...how }))
      .statuses
  }

  async textBehaviour(answer: number | 'silent' | 'cut', times?: number): Promise<void> {
    await this.post('phones/behaviour', { answer, times })
  }

  /** The shopper agrees to texts in the shop, or takes it back there. */
  async acceptTexts(customerId: string, on: boolean): Promise<void> {
    await this.post(`customers/${encodeURIComponent(customerId)}/texts`, { on })
  }

  async mailByChance(chance: Omit<ByChance, 'mode'>): Promise<void> {
    await this.post('mailbox/behaviour', { answer: 'random', ...chance })
  }

  /** Deliveries that the app answered with 2xx, and how many of all ended how. */
  acknowledged(): Promise<Acknowledged> {
    return this.get('deliveries/acknowledged')
  }

  /** The newest challenge of a contract is met. Fails when none waits. */
  async meetBank(
    contractId: string,
    result: 'pass' | 'fail' | 'expire' | 'abandon',
  ): Promise<void> {
    await this.post(`contracts/${encodeURIComponent(contractId)}/challenge`, { result })
  }

  /** The cause of a failure is gone: the oracle is told. */
  async mend(contractId: string): Promise<void> {
    await this.post(`contracts/${encodeURIComponent(contractId)}/mended`)
  }

  async deliveries(): Promise<Delivery[]> {
    return (await this.get<{ deliveries: Delivery[] }>('deliveries')).deliveries
  }

  state<T = Record<string, unknown>>(): Promise<T> {
    return this.get('state')
  }

  stories(): Promise<{ name: string; title: string; teaser: string }[]> {
    return this.get('stories')
  }

  startStory(name: string): Promise<StartedStory> {
    return this.post(`stories/${name}`)
  }

  private get<T>(path: string): Promise<T> {
    return this.call<T>(path, { method: 'GET' })
  }

  private post<T = unknown>(path: string, body: object = {}): Promise<T> {
    return this.call<T>(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  private async call<T>(path: string, request: RequestInit): Promise<T> {
    const answer = await fetch(`${this.url}/control/${path}`, request)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${request.method} /control/${path}: ${answer.status} ${text}`)
    return (text === '' ? {} : JSON.parse(text)) as T
  }
}
