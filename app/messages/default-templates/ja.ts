/** The Japanese words. */
import type { Language } from './language.ts'

const PAYMENT = '「{{ product }}」のお支払い（{{ amount }}）'
const ISSUER = `${PAYMENT}が、カード会社または銀行で承認されませんでした。`
const COULD_NOT = `${PAYMENT}を完了できませんでした。`
const SO = `そのため、${PAYMENT}を完了できませんでした。`
const NUMBER = `{{ method }}のカード番号が正しくないようです。${SO}`
const CODE = `{{ method }}のセキュリティコードをもう一度入力していただく必要があります。${SO}`
const ADDRESS = `{{ method }}の請求先住所が、カード会社に登録された住所と一致していません。${SO}`
const EXPIRED = `{{ method }}の有効期限が切れています。${SO}`
const ENDED = `{{ method }}でのお支払いの契約が終了しています。${SO}`
const NONE = `現在、定期購入にお支払い方法が登録されていません。${SO}`
const CHOOSE =
  'こちらから再度お支払いを試みる予定はありません。ご希望のお支払い方法をお選びください。'
const NOT_YET = '「{{ product }}」のお支払いがまだ完了していません'

export const ja: Language = {
  tag: 'ja',
  name: '日本語',
  names: {
    product: '定期購入',
    subscription: '定期購入',
    subscriptionTo: '「{{ product }}」の定期購入',
    order: 'ご注文',
    orderOf: '「{{ product }}」のご注文',
    method: 'ご登録のお支払い方法',
    methodStart: 'ご登録のお支払い方法',
    ending: '{{ brand }}（末尾{{ digits }}）',
    at: '{{ day }} {{ time }}',
  },
  happened: {
    FUNDS: COULD_NOT,
    ISSUER,
    TECH: `技術的な問題により、${PAYMENT}を完了できませんでした。`,
    CARD: `{{ method }}はご利用いただけなくなっています。${SO}`,
    AUTH: `${PAYMENT}について、カード会社または銀行がご本人の確認を求めています。`,
    STOP: `{{ method }}では、${PAYMENT}を完了できませんでした。`,
    UNKNOWN: COULD_NOT,
  },
  happenedByCode: {
    CALL_ISSUER: `${ISSUER}理由はカード会社または銀行にお問い合わせいただけます。`,
    EXPIRED_CARD: EXPIRED,
    EXPIRED_PAYMENT_METHOD: EXPIRED,
    INVALID_EXPIRY_DATE: `{{ method }}の有効期限が正しくないようです。${SO}`,
    INVALID_NUMBER: NUMBER,
    INCORRECT_NUMBER: NUMBER,
    CARD_NUMBER_INCORRECT: NUMBER,
    INVALID_CVC: CODE,
    INCORRECT_CVC: CODE,
    INCORRECT_PIN: `{{ method }}をカード会社または銀行で確認できませんでした。${SO}`,
    INCORRECT_ZIP: ADDRESS,
    INCORRECT_ADDRESS: ADDRESS,
    INVALID_BILLING_ADDRESS: ADDRESS,
    AMOUNT_TOO_LARGE: `{{ method }}では、この金額のお支払いができません。${SO}`,
    BUYER_CANCELED_PAYMENT_METHOD: ENDED,
    INVALID_CUSTOMER_BILLING_AGREEMENT: ENDED,
    PAYMENT_METHOD_NOT_FOUND: NONE,
    PAYMENT_METHOD_NOT_SPECIFIED: NONE,
    PAYMENT_METHOD_UNSUPPORTED: `{{ method }}は、この定期購入にはご利用いただけません。${SO}`,
  },
  happenedWithPaypal: {
    ISSUER: `${PAYMENT}が、PayPalで承認されませんでした。`,
    AUTH: `${PAYMENT}について、PayPalがご本人の確認を求めています。`,
  },
  nextTry: '{{ next_try }}にもう一度お支払いを試みます。',
  noNextTry: {
    FUNDS: CHOOSE,
    ISSUER: CHOOSE,
    TECH: '現在確認しております。今のところ、お客様に行っていただくことはありません。',
    CARD: '更新していただき次第、お支払いを一度だけ行い、ご注文の手続きを進めます。',
    AUTH: '確認が済み次第、ご注文の手続きを進めます。',
    STOP: 'お選びいただき次第、お支払いを一度だけ行い、ご注文の手続きを進めます。',
    UNKNOWN: CHOOSE,
  },
  mayChange: '別の方法でのお支払いをご希望の場合は、いつでもお支払い方法を変更していただけます。',
  pleaseUpdate: {
    card: 'お手数ですが、カード情報の更新をお願いいたします。',
    shop_pay: 'お手数ですが、Shop Payでお支払い方法の更新をお願いいたします。',
    paypal:
      'お手数ですが、PayPalでお支払いをもう一度ご承認ください。手続き用の安全なリンクをお送りします。',
    bank_account: 'お手数ですが、銀行口座をご確認いただくか、別のお支払い方法をお選びください。',
    other: 'お手数ですが、別のお支払い方法をお選びください。',
  },
  pleaseConfirm: '確認は1分ほどで完了します。お客様ご本人によるお手続きが必要です。',
  pleaseReplace: 'お手数ですが、この定期購入には別のお支払い方法をご利用ください。',
  button: {
    update: 'お支払い方法を更新する',
    update_card: 'カード情報を更新する',
    update_shop_pay: 'Shop Payで更新する',
    update_paypal: 'PayPalで承認する',
    replace: '別のお支払い方法を使う',
    confirm: 'お支払いを確認する',
    options: '選択肢を見る',
    details: '詳細を見る',
    resume: '再開の方法を見る',
  },
  willEnd: {
    pause:
      '変更がない場合、{{ deadline }}に{{ subscription }}を一時停止いたします。その後90日間は再開していただけます。',
    skip: '変更がない場合、{{ deadline }}に今回のご注文をスキップいたします。定期購入は次回のご注文から続きます。',
    leave:
      '{{ deadline }}まで、お客様ご自身でお手続きいただけます。その後は{{ shop_name }}より今回のご注文についてご連絡いたします。',
    unpaid_order:
      '変更がない場合、{{ deadline }}以降、{{ shop_name }}が今回のご注文をお取り置きします。ご都合のよいときにお支払いいただけます。',
    cancel:
      '変更がない場合、{{ subscription }}は{{ deadline }}に終了いたします。いつでも新しくお申し込みいただけます。',
  },
  firstSubject: {
    FUNDS: NOT_YET,
    ISSUER: '「{{ product }}」のお支払いが承認されませんでした',
    TECH: NOT_YET,
    CARD: '「{{ product }}」のお支払い方法の更新をお願いいたします',
    AUTH: '「{{ product }}」のお支払いのご確認をお願いいたします',
    STOP: '「{{ product }}」に別のお支払い方法をご利用ください',
    UNKNOWN: NOT_YET,
  },
  lastSubject: {
    pause: '{{ deadline }}に{{ subscription }}を一時停止いたします',
    skip: '{{ deadline }}に「{{ product }}」のご注文をスキップいたします',
    leave: '「{{ product }}」のお支払いについての最後のお知らせ',
    unpaid_order: '「{{ product }}」のご注文を{{ deadline }}以降お取り置きします',
    cancel: '定期購入は{{ deadline }}に終了いたします',
  },
  first: {
    body: `{{ happened }}現時点で、定期購入に変更はございません。

{{ do_and_next }}`,
  },
  reminder: {
    subject: '「{{ product }}」のお支払いについてのお知らせ（再送）',
    body: `念のため、もう一度お知らせいたします。{{ happened }}

{{ do_and_next }}

{{ deadline }}までにお手続きいただけます。`,
  },
  options: {
    subject: '「{{ product }}」を続けるための方法',
    body: `{{ happened }}

ご都合に合わせて、次の方法からお選びいただけます。

{% if next_try %}- 待つ：{{ next_try }}にもう一度お支払いを試みます。お手続きは必要ありません。
{% endif %}- 別の方法で支払う：下のページで別のお支払い方法をお選びください。
- 今回のご注文のスキップ{% if next_try %}、お支払い日の変更{% endif %}：同じページで行えます。
- その他のご希望：このメールにご返信ください。

{{ will_end }}`,
  },
  plan: {
    subject: '「{{ product }}」の今後について',
    body: `{{ happened }}今後の流れは次のとおりです。

- {{ next }}
- {{ will_end }}

{{ do }}`,
  },
  last: {
    body: `{{ happened }}

{{ will_end }}

{{ do_and_next }}`,
  },
  updateLink: {
    subject: '「{{ product }}」のお支払い方法を更新する方法',
    body: `「{{ product }}」のお支払い方法の更新についてお問い合わせをいただきました。下のページでお手続きいただけます。

お心当たりがない場合は、このメールをそのままにしていただいて問題ありません。何も変更されません。`,
  },
  address: {
    subject: '「{{ product }}」のお届け先住所をご確認ください',
    body: `「{{ product }}」をお届けしたいのですが、お届け先住所に不足があるようです。

お手数ですが、このメールに正しい住所をご返信ください。{{ shop_name }}が修正いたします。住所が確認でき次第、ご注文の手続きを進めます。`,
  },
  recovered: {
    subject: 'お支払いが完了しました：「{{ product }}」',
    body: `ありがとうございます。{% if total %}{{ total }}のお支払いが完了しました{% else %}お支払いが完了しました{% endif %}。「{{ product }}」をお届けいたします。

ほかにお手続きは必要ありません。定期購入はこれまでどおり続きます。{% if charge_day %}次回のご注文は{{ charge_day }}の予定です。{% endif %}`,
  },
  recoveredOfShop: {
    subject: 'お知らせ：「{{ product }}」をお届けいたします',
    body: `「{{ product }}」をお届けいたします。お待ちいただき、ありがとうございました。

お手続きは必要ありません。定期購入はこれまでどおり続きます。`,
  },
  ended: {
    pause: {
      subject: '定期購入を一時停止しました',
      body: `{{ amount }}のお支払いを完了できなかったため、{{ subscription }}を一時停止いたしました。一時停止中は請求されません。

90日間は、下のページのボタンで再開していただけます。お手伝いが必要な場合は、このメールにご返信ください。`,
    },
    skip: {
      subject: '今回のご注文をスキップしました：「{{ product }}」',
      body: `{{ amount }}のお支払いを完了できなかったため、今回の「{{ product }}」のご注文をスキップいたしました。この分は請求されません。

定期購入はそのまま、次回のご注文から続きます。次回に備えて、いつでもお支払い方法を更新していただけます。`,
    },
    leave: {
      subject: '「{{ product }}」のご注文が未完了です',
      body: `「{{ product }}」のお支払い（{{ amount }}）を完了できませんでした。こちらから再度お支払いを試みることはありません。定期購入は有効なままです。

このメールにご返信ください。{{ shop_name }}がお客様に合った方法をご案内いたします。`,
    },
    unpaid_order: {
      subject: '「{{ product }}」のご注文をお取り置きしています',
      body: `「{{ product }}」のお支払い（{{ amount }}）を完了できませんでした。{{ shop_name }}がご注文をお取り置きしており、自動で請求されることはありません。

ご都合のよいときにお支払いいただけます。お困りの際は、このメールにご返信ください。`,
    },
    cancel: {
      subject: '定期購入が終了しました',
      body: `{{ amount }}のお支払いを完了できなかったため、{{ subscription }}は終了いたしました。今後、請求されることはありません。

いつでも新しくお申し込みいただけます。またのご利用をお待ちしております。`,
    },
  },
  endedOfShop: {
    subject: '今回のご注文について：「{{ product }}」',
    body: `申し訳ございませんが、今回は「{{ product }}」をお届けできませんでした。定期購入はそのまま続きます。

ご不明な点がございましたら、このメールにご返信ください。`,
  },
  cardExpires: {
    subject: '次回のご注文の際、お支払い方法の有効期限が過ぎている場合があります',
    body: `次回の「{{ product }}」のご注文は{{ charge_day }}の予定です。{{ method }}の有効期限は{{ method_expires }}で、ご注文の予定日より前です。

{{ charge_day }}までに、ご都合のよいときに更新をお願いいたします。当日は、その時点で登録されているお支払い方法で決済され、ご注文はこれまでどおり続きます。

すでに新しいカードが届いている場合は、お手続きが不要なこともあります。`,
  },
  renewal: {
    subject: '次回のご注文は{{ charge_day }}の予定です：「{{ product }}」',
    body: `次回の「{{ product }}」のご注文は{{ charge_day }}の予定です。当日、{{ amount }}（税抜）を{{ method }}でお支払いいただく予定です。

お手続きは必要ありません。それまでに変更、スキップ、解約をご希望の場合は、下のページをご覧ください。`,
  },
  sms: {
    first: {
      FUNDS: '{{ shop_name }}：「{{ product }}」のお支払いがまだ完了していません。{{ link }}',
      ISSUER: '{{ shop_name }}：「{{ product }}」のお支払いが承認されませんでした。{{ link }}',
      TECH: '{{ shop_name }}：「{{ product }}」のお支払いがまだ完了していません。{{ link }}',
      CARD: '{{ shop_name }}：「{{ product }}」のお支払い方法を更新してください。{{ link }}',
      AUTH: '{{ shop_name }}：「{{ product }}」のお支払いをご確認ください。{{ link }}',
      STOP: '{{ shop_name }}：「{{ product }}」に別のお支払い方法をご利用ください。{{ link }}',
      UNKNOWN: '{{ shop_name }}：「{{ product }}」のお支払いがまだ完了していません。{{ link }}',
    },
    reminder: '{{ shop_name }}：「{{ product }}」のお支払いがまだ完了していません。{{ link }}',
    plan: '{{ shop_name }}：「{{ product }}」の今後の流れとお手続き：{{ link }}',
    last: {
      pause:
        '{{ shop_name }}：定期購入を{{ deadline }}に一時停止します。90日間は再開できます。{{ link }}',
      skip: '{{ shop_name }}：今回のご注文を{{ deadline }}にスキップします。{{ link }}',
      leave: '{{ shop_name }}：「{{ product }}」のお支払いについて最後のお知らせです。{{ link }}',
      unpaid_order: '{{ shop_name }}：ご注文を{{ deadline }}以降お取り置きします。{{ link }}',
      cancel: '{{ shop_name }}：定期購入は{{ deadline }}に終了します。{{ link }}',
    },
    stopHint: '配信停止はSTOPと返信してください。',
    stopped: '{{ shop_name }}：SMSの配信を停止しました。再開するにはSTARTと返信してください。',
    started: '{{ shop_name }}：定期購入のSMSを再開しました。停止するにはSTOPと返信してください。',
    help: '{{ shop_name }}：定期購入についてのSMSです。お問い合わせ：{{ reply_to }}。停止はSTOPと返信してください。',
  },
  feedback: {
    question: '今回のお手続きはいかがでしたか？',
    answers: {
      easy: '簡単だった',
      unclear: '何をすればよいか分かりにくかった',
      too_many: 'お知らせが多すぎた',
      other: 'その他',
    },
  },
  foot: {
    hello: '{{ first_name }}様',
    helloNobody: 'お客様',
    copyLink: 'または次のアドレスを開いてください：',
    inAccount: '{{ shop_name }}のアカウントページからもお手続きいただけます',
    stop: 'すでに解約済み、またはお心当たりがない場合は',
    stopLink: 'こちらからお知らせください',
    reply: 'ご返信は{{ shop_name }}の担当者が拝見します',
    why: 'このメールは、{{ shop_name }}の定期購入をご利用のお客様にお送りしています。',
    order: 'ご注文',
    amount: '金額',
    method: 'お支払い方法',
    nextTry: '次回のお支払い予定日',
    deadline: 'お手続き期限',
    also: 'このほか、お支払いが完了していないご注文',
    unsubscribe: 'お得な情報の配信を停止する',
  },
}
