/** The Arabic words, in plain standard Arabic. */
import type { Language } from './language.ts'

const ISSUER = 'لم يوافق البنك على دفع مبلغ {{ amount }} مقابل {{ product }}.'
const COULD_NOT = 'لم نتمكن من إتمام دفع مبلغ {{ amount }} مقابل {{ product }}.'
const SO = '، ولذلك لم نتمكن من إتمام دفع مبلغ {{ amount }} مقابل {{ product }}.'
const NUMBER = 'يبدو أن رقم البطاقة غير صحيح ({{ method }})'
const CODE = 'يلزم إدخال رمز الأمان مرة أخرى ({{ method }})'
const ADDRESS = 'عنوان الفوترة لا يطابق العنوان المسجل لدى البنك ({{ method }})'
const EXPIRED = 'انتهت صلاحية وسيلة الدفع ({{ method }})'
const ENDED = 'انتهت اتفاقية الدفع ({{ method }})'
const NONE = 'لا توجد حاليًا وسيلة دفع مسجلة لاشتراكك'
const CHOOSE = 'لا توجد محاولة أخرى مقررة، فنرجو اختيار طريقة الدفع المناسبة لك.'
const NOT_YET = 'لم يكتمل الدفع بعد مقابل {{ product }}'

export const ar: Language = {
  tag: 'ar',
  name: 'العربية',
  names: {
    product: 'اشتراكك',
    subscription: 'اشتراكك',
    subscriptionTo: 'اشتراكك ({{ product }})',
    order: 'طلبك',
    orderOf: 'طلبك ({{ product }})',
    method: 'وسيلة الدفع المسجلة',
    methodStart: 'وسيلة الدفع المسجلة',
    ending: '{{ brand }} المنتهية بالأرقام {{ digits }}',
    at: '{{ day }} الساعة {{ time }}',
  },
  happened: {
    FUNDS: COULD_NOT,
    ISSUER,
    TECH: 'حالت مشكلة تقنية دون إتمام دفع مبلغ {{ amount }} مقابل {{ product }}.',
    CARD: `لم يعد من الممكن استخدام وسيلة الدفع ({{ method }})${SO}`,
    AUTH: 'يطلب منك البنك تأكيد دفع مبلغ {{ amount }} مقابل {{ product }}.',
    STOP: 'لم نتمكن من دفع مبلغ {{ amount }} مقابل {{ product }} بهذه الوسيلة ({{ method }}).',
    UNKNOWN: COULD_NOT,
  },
  happenedByCode: {
    CALL_ISSUER: `${ISSUER} يمكن للبنك أن يوضح لك السبب.`,
    EXPIRED_CARD: EXPIRED + SO,
    EXPIRED_PAYMENT_METHOD: EXPIRED + SO,
    INVALID_EXPIRY_DATE: `يبدو أن تاريخ الانتهاء غير صحيح ({{ method }})${SO}`,
    INVALID_NUMBER: NUMBER + SO,
    INCORRECT_NUMBER: NUMBER + SO,
    CARD_NUMBER_INCORRECT: NUMBER + SO,
    INVALID_CVC: CODE + SO,
    INCORRECT_CVC: CODE + SO,
    INCORRECT_PIN: `لم يتمكن البنك من التحقق من وسيلة الدفع ({{ method }})${SO}`,
    INCORRECT_ZIP: ADDRESS + SO,
    INCORRECT_ADDRESS: ADDRESS + SO,
    INVALID_BILLING_ADDRESS: ADDRESS + SO,
    AMOUNT_TOO_LARGE: `لا تسمح وسيلة الدفع ({{ method }}) بدفع هذا المبلغ${SO}`,
    BUYER_CANCELED_PAYMENT_METHOD: ENDED + SO,
    INVALID_CUSTOMER_BILLING_AGREEMENT: ENDED + SO,
    PAYMENT_METHOD_NOT_FOUND: NONE + SO,
    PAYMENT_METHOD_NOT_SPECIFIED: NONE + SO,
    PAYMENT_METHOD_UNSUPPORTED: `لا يمكن استخدام وسيلة الدفع ({{ method }}) لهذا الاشتراك${SO}`,
  },
  happenedWithPaypal: {
    ISSUER: 'لم توافق PayPal على دفع مبلغ {{ amount }} مقابل {{ product }}.',
    AUTH: 'تطلب منك PayPal تأكيد دفع مبلغ {{ amount }} مقابل {{ product }}.',
  },
  nextTry: 'سنحاول مرة أخرى يوم {{ next_try }}.',
  noNextTry: {
    FUNDS: CHOOSE,
    ISSUER: CHOOSE,
    TECH: 'نحن نتابع الأمر، ولا يلزمك القيام بأي شيء الآن.',
    CARD: 'بمجرد الانتهاء من ذلك سنجري الدفع مرة واحدة ويستمر طلبك.',
    AUTH: 'بمجرد التأكيد يستمر طلبك.',
    STOP: 'بمجرد الاختيار سنجري الدفع مرة واحدة ويستمر طلبك.',
    UNKNOWN: CHOOSE,
  },
  mayChange: 'للدفع بطريقة أخرى، يمكنك تغيير وسيلة الدفع في أي وقت.',
  pleaseUpdate: {
    card: 'نرجو تحديث بطاقتك.',
    shop_pay: 'نرجو تحديث وسيلة الدفع في Shop Pay.',
    paypal: 'نرجو الموافقة على الدفع مرة أخرى في PayPal: سيصلك رابط آمن لذلك.',
    bank_account: 'نرجو التحقق من حسابك البنكي أو اختيار وسيلة دفع أخرى.',
    other: 'نرجو اختيار وسيلة دفع أخرى.',
  },
  pleaseConfirm: 'لا يستغرق التأكيد سوى دقيقة، ولا يمكن لغيرك القيام به.',
  pleaseReplace: 'نرجو استخدام وسيلة دفع أخرى لهذا الاشتراك.',
  button: {
    update: 'تحديث وسيلة الدفع',
    update_card: 'تحديث البطاقة',
    update_shop_pay: 'التحديث في Shop Pay',
    update_paypal: 'الموافقة في PayPal',
    replace: 'استخدام وسيلة دفع أخرى',
    confirm: 'تأكيد الدفع',
    options: 'عرض الخيارات',
    details: 'عرض التفاصيل',
    resume: 'معرفة طريقة الاستئناف',
  },
  willEnd: {
    pause:
      'إذا لم يتغير شيء، فسنوقف {{ subscription }} مؤقتًا يوم {{ deadline }}. يمكنك استئنافه بعد ذلك خلال 90 يومًا.',
    skip: 'إذا لم يتغير شيء، فسنتخطى هذا الطلب يوم {{ deadline }}، ويستمر اشتراكك مع الطلب التالي.',
    leave:
      'يمكنك تسوية الأمر بنفسك حتى يوم {{ deadline }}. بعد ذلك سيتواصل معك فريق {{ shop_name }} بشأن هذا الطلب.',
    unpaid_order:
      'إذا لم يتغير شيء، فسيُبقي فريق {{ shop_name }} هذا الطلب مفتوحًا لك ابتداءً من يوم {{ deadline }}، ويمكنك الدفع في الوقت الذي يناسبك.',
    cancel:
      'إذا لم يتغير شيء، فسينتهي {{ subscription }} يوم {{ deadline }}. يمكنك بدء اشتراك جديد في أي وقت.',
  },
  firstSubject: {
    FUNDS: NOT_YET,
    ISSUER: 'لم تتم الموافقة على الدفع مقابل {{ product }}',
    TECH: NOT_YET,
    CARD: 'نرجو تحديث وسيلة الدفع: {{ product }}',
    AUTH: 'نرجو تأكيد الدفع مقابل {{ product }}',
    STOP: 'نرجو استخدام وسيلة دفع أخرى: {{ product }}',
    UNKNOWN: NOT_YET,
  },
  lastSubject: {
    pause: 'سنوقف {{ subscription }} مؤقتًا يوم {{ deadline }}',
    skip: 'سنتخطى أحد طلباتك يوم {{ deadline }}: {{ product }}',
    leave: 'تذكير أخير بشأن الدفع مقابل {{ product }}',
    unpaid_order: 'يبقى طلبك مفتوحًا ابتداءً من يوم {{ deadline }}: {{ product }}',
    cancel: 'ينتهي اشتراكك يوم {{ deadline }}',
  },
  first: {
    body: `{{ happened }} لم يتغير شيء في اشتراكك حتى الآن.

{{ do_and_next }}`,
  },
  reminder: {
    subject: 'تذكير قصير: ما زال الدفع معلقًا مقابل {{ product }}',
    body: `هذا تذكير قصير. {{ happened }}

{{ do_and_next }}

لديك وقت حتى يوم {{ deadline }}.`,
  },
  options: {
    subject: 'بعض الطرق للمتابعة: {{ product }}',
    body: `{{ happened }}

يمكنك المتابعة بالطريقة التي تناسبك:

{% if next_try %}- الانتظار: سنحاول مرة أخرى يوم {{ next_try }}، ولا يلزمك القيام بأي شيء.
{% endif %}- الدفع بطريقة أخرى: يمكنك اختيار وسيلة دفع أخرى في الصفحة أدناه.
- تخطي هذا الطلب{% if next_try %} أو اختيار يوم آخر{% endif %}: في الصفحة نفسها.
- أي شيء آخر: يكفي الرد على هذه الرسالة.

{{ will_end }}`,
  },
  plan: {
    subject: 'ما الذي سيحدث الآن: {{ product }}',
    body: `{{ happened }} هذا ما سيحدث الآن:

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
    subject: 'طريقة تحديث وسيلة الدفع: {{ product }}',
    body: `لقد طلبت طريقة لتحديث وسيلة الدفع الخاصة بطلبك ({{ product }}). تجدها في الصفحة أدناه.

إذا لم تطلب ذلك، فيمكنك تجاهل هذه الرسالة: لن يتغير شيء.`,
  },
  address: {
    subject: 'هل يمكنك التحقق من عنوان التوصيل؟ {{ product }}',
    body: `نود أن نرسل إليك طلبك ({{ product }})، لكن يبدو أن شيئًا ينقص في عنوان التوصيل.

نرجو الرد على هذه الرسالة بعنوانك الكامل، وسيقوم فريق {{ shop_name }} بتصحيحه. سيستمر طلبك بمجرد اكتمال العنوان.`,
  },
  recovered: {
    subject: 'تم الأمر بنجاح: {{ product }}',
    body: `شكرًا لك: {% if total %}تم دفع مبلغ {{ total }}{% else %}تم الدفع{% endif %}، وطلبك في الطريق إليك.

لا يلزمك القيام بأي شيء آخر. يستمر اشتراكك كما كان.{% if charge_day %} طلبك التالي مقرر يوم {{ charge_day }}.{% endif %}`,
  },
  recoveredOfShop: {
    subject: 'خبر سار: طلبك في الطريق إليك',
    body: `طلبك في الطريق إليك ({{ product }}). شكرًا على صبرك.

لا يلزمك القيام بأي شيء. يستمر اشتراكك كما كان.`,
  },
  ended: {
    pause: {
      subject: 'اشتراكك متوقف مؤقتًا',
      body: `أوقفنا {{ subscription }} مؤقتًا لأن دفع مبلغ {{ amount }} لم يكتمل. لن يُسحب أي مبلغ أثناء التوقف.

يمكنك استئنافه خلال 90 يومًا بضغطة واحدة في الصفحة أدناه. للمساعدة يكفي الرد على هذه الرسالة.`,
    },
    skip: {
      subject: 'تخطينا هذا الطلب: {{ product }}',
      body: `لم يكتمل دفع مبلغ {{ amount }}، ولذلك تخطينا هذا الطلب ({{ product }}). لن يُطلب منك دفع ثمنه.

يبقى اشتراكك كما هو ويستمر مع الطلب التالي. استعدادًا له يمكنك تحديث وسيلة الدفع في أي وقت.`,
    },
    leave: {
      subject: 'ما زال طلبك مفتوحًا: {{ product }}',
      body: `لم يكتمل دفع مبلغ {{ amount }} مقابل {{ product }}، ولن نحاول مرة أخرى من تلقاء أنفسنا. يبقى اشتراكك ساريًا.

نرجو الرد على هذه الرسالة، وسيجد فريق {{ shop_name }} معك طريقة مناسبة.`,
    },
    unpaid_order: {
      subject: 'يبقى طلبك مفتوحًا لك: {{ product }}',
      body: `لم يكتمل دفع مبلغ {{ amount }} مقابل {{ product }}. يُبقي فريق {{ shop_name }} الطلب مفتوحًا لك، ولن يُسحب أي مبلغ آخر تلقائيًا.

يمكنك الدفع في الوقت الذي يناسبك. يكفي الرد على هذه الرسالة إذا احتجت إلى مساعدة.`,
    },
    cancel: {
      subject: 'انتهى اشتراكك',
      body: `لم يكتمل دفع مبلغ {{ amount }}، وانتهى {{ subscription }}. لن يُسحب أي مبلغ آخر.

أهلًا بك دائمًا: يمكنك بدء اشتراك جديد متى شئت.`,
    },
  },
  endedOfShop: {
    subject: 'بخصوص طلبك: {{ product }}',
    body: `لم نتمكن هذه المرة من إرسال طلبك ({{ product }})، ونأسف لذلك. يبقى اشتراكك كما هو.

نرجو الرد على هذه الرسالة إذا كان لديك أي سؤال.`,
  },
  cardExpires: {
    subject: 'قد لا تكون وسيلة الدفع صالحة عند طلبك التالي',
    body: `طلبك التالي مقرر يوم {{ charge_day }} ({{ product }}). وسيلة الدفع ({{ method }}) صالحة حتى {{ method_expires }}، أي قبل ذلك اليوم.

نرجو تحديثها قبل {{ charge_day }} في الوقت الذي يناسبك. في ذلك اليوم يتم الدفع بالوسيلة المحفوظة حينها، ويستمر طلبك كالمعتاد.

إذا كان البنك قد أرسل إليك بطاقة جديدة، فقد لا يلزمك القيام بأي شيء.`,
  },
  renewal: {
    subject: 'طلبك التالي مقرر يوم {{ charge_day }}: {{ product }}',
    body: `طلبك التالي مقرر يوم {{ charge_day }} ({{ product }}). في ذلك اليوم يُدفع مبلغ {{ amount }} (قبل الضريبة) عبر {{ method }}.

لا يلزمك القيام بأي شيء. إذا أردت تغييره أو تخطيه أو إلغاءه قبل ذلك، فالصفحة أدناه توضح الطريقة.`,
  },
  sms: {
    first: {
      FUNDS: '{{ shop_name }}: لم يكتمل الدفع بعد مقابل {{ product }}. {{ link }}',
      ISSUER: '{{ shop_name }}: لم يوافق البنك على الدفع مقابل {{ product }}. {{ link }}',
      TECH: '{{ shop_name }}: لم يكتمل الدفع بعد مقابل {{ product }}. {{ link }}',
      CARD: '{{ shop_name }}: نرجو تحديث وسيلة الدفع ({{ product }}). {{ link }}',
      AUTH: '{{ shop_name }}: نرجو تأكيد الدفع مقابل {{ product }}. {{ link }}',
      STOP: '{{ shop_name }}: نرجو استخدام وسيلة دفع أخرى ({{ product }}). {{ link }}',
      UNKNOWN: '{{ shop_name }}: لم يكتمل الدفع بعد مقابل {{ product }}. {{ link }}',
    },
    reminder: '{{ shop_name }}: ما زال الدفع معلقًا مقابل {{ product }}. {{ link }}',
    plan: '{{ shop_name }}: ما الذي سيحدث الآن وما يمكنك فعله: {{ link }}',
    last: {
      pause:
        '{{ shop_name }}: سنوقف اشتراكك مؤقتًا يوم {{ deadline }}. يمكنك استئنافه خلال 90 يومًا. {{ link }}',
      skip: '{{ shop_name }}: سنتخطى هذا الطلب يوم {{ deadline }}. {{ link }}',
      leave: '{{ shop_name }}: تذكير أخير بشأن الدفع مقابل {{ product }}. {{ link }}',
      unpaid_order: '{{ shop_name }}: يبقى طلبك مفتوحًا من يوم {{ deadline }}. {{ link }}',
      cancel: '{{ shop_name }}: ينتهي اشتراكك يوم {{ deadline }}. {{ link }}',
    },
    stopHint: 'للإيقاف أرسل STOP.',
    stopped: '{{ shop_name }}: لن تصلك رسائل نصية أخرى منا. لتلقيها مجددًا أرسل START.',
    started: '{{ shop_name }}: ستصلك رسائل اشتراكك من جديد. للإيقاف أرسل STOP.',
    help: '{{ shop_name }}: رسائل نصية عن اشتراكك. للمساعدة: {{ reply_to }}. للإيقاف أرسل STOP.',
  },
  feedback: {
    question: 'كيف كانت تسوية هذا الأمر بالنسبة إليك؟',
    answers: {
      easy: 'كانت سهلة',
      unclear: 'لم يكن المطلوب واضحًا',
      too_many: 'كانت الرسائل كثيرة',
      other: 'شيء آخر',
    },
  },
  foot: {
    hello: 'مرحبًا {{ first_name }}،',
    helloNobody: 'مرحبًا،',
    copyLink: 'أو يمكنك فتح هذا العنوان:',
    inAccount: 'أو من حسابك لدى {{ shop_name }}',
    stop: 'هل ألغيت الاشتراك بالفعل، أو لست الشخص المقصود؟',
    stopLink: 'يمكنك إخبارنا هنا',
    reply: 'يقرأ ردك شخص من فريق {{ shop_name }}',
    why: 'تصلك هذه الرسالة بسبب اشتراكك لدى {{ shop_name }}.',
    order: 'الطلب',
    amount: 'المبلغ',
    method: 'وسيلة الدفع',
    nextTry: 'المحاولة التالية',
    deadline: 'متاح حتى',
    also: 'طلبات أخرى لم يكتمل دفعها',
    unsubscribe: 'إلغاء تلقي العروض',
  },
}
