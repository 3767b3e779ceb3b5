/** The Spanish words, in the polite form. */
import type { Language } from './language.ts'

const ISSUER = 'Su banco no ha aprobado el pago de {{ amount }} por {{ product }}.'
const NUMBER = 'El número de la tarjeta ({{ method }}) no parece correcto'
const CODE = 'Hay que volver a introducir el código de seguridad ({{ method }})'
const ADDRESS = 'La dirección de facturación ({{ method }}) no coincide con la que tiene su banco'
const EXPIRED = 'La fecha de caducidad ya ha pasado ({{ method }})'
const ENDED = 'El acuerdo de pago ha terminado ({{ method }})'
const NONE = 'En este momento su suscripción no tiene ningún método de pago'
const SO = ', por lo que no se ha podido realizar el pago de {{ amount }} por {{ product }}.'
const CHOOSE = 'No hemos previsto otro intento. Por favor, elija cómo desea pagar.'
const NOT_YET = 'El pago por {{ product }} aún no se ha completado'
const COULD_NOT = 'No hemos podido realizar el pago de {{ amount }} por {{ product }}.'

export const es: Language = {
  tag: 'es',
  name: 'Español',
  names: {
    product: 'su suscripción',
    subscription: 'su suscripción',
    subscriptionTo: 'su suscripción ({{ product }})',
    order: 'su pedido',
    orderOf: 'su pedido ({{ product }})',
    method: 'su método de pago',
    methodStart: 'Su método de pago',
    ending: '{{ brand }} terminada en {{ digits }}',
    at: '{{ day }} a las {{ time }}',
  },
  happened: {
    FUNDS: COULD_NOT,
    ISSUER,
    TECH: 'Un problema técnico ha impedido el pago de {{ amount }} por {{ product }}.',
    CARD: `Este método de pago ya no se puede usar ({{ method }})${SO}`,
    AUTH: 'Su banco le pide que confirme el pago de {{ amount }} por {{ product }}.',
    STOP: 'No se ha podido realizar el pago de {{ amount }} por {{ product }} con {{ method }}.',
    UNKNOWN: COULD_NOT,
  },
  happenedByCode: {
    CALL_ISSUER: `${ISSUER} El banco puede explicarle el motivo.`,
    EXPIRED_CARD: EXPIRED + SO,
    EXPIRED_PAYMENT_METHOD: EXPIRED + SO,
    INVALID_EXPIRY_DATE: `La fecha de caducidad ({{ method }}) no parece correcta${SO}`,
    INVALID_NUMBER: NUMBER + SO,
    INCORRECT_NUMBER: NUMBER + SO,
    CARD_NUMBER_INCORRECT: NUMBER + SO,
    INVALID_CVC: CODE + SO,
    INCORRECT_CVC: CODE + SO,
    INCORRECT_PIN: `Su banco no ha podido verificar este método de pago ({{ method }})${SO}`,
    INCORRECT_ZIP: ADDRESS + SO,
    INCORRECT_ADDRESS: ADDRESS + SO,
    INVALID_BILLING_ADDRESS: ADDRESS + SO,
    AMOUNT_TOO_LARGE: `Este método de pago ({{ method }}) no admite un pago de ese importe${SO}`,
    BUYER_CANCELED_PAYMENT_METHOD: ENDED + SO,
    INVALID_CUSTOMER_BILLING_AGREEMENT: ENDED + SO,
    PAYMENT_METHOD_NOT_FOUND: NONE + SO,
    PAYMENT_METHOD_NOT_SPECIFIED: NONE + SO,
    PAYMENT_METHOD_UNSUPPORTED: `Este método de pago ({{ method }}) no se puede usar para esta suscripción${SO}`,
  },
  happenedWithPaypal: {
    ISSUER: 'PayPal no ha aprobado el pago de {{ amount }} por {{ product }}.',
    AUTH: 'PayPal le pide que confirme el pago de {{ amount }} por {{ product }}.',
  },
  nextTry: 'Lo intentaremos de nuevo el {{ next_try }}.',
  noNextTry: {
    FUNDS: CHOOSE,
    ISSUER: CHOOSE,
    TECH: 'Nos estamos ocupando de ello. Por ahora no tiene que hacer nada.',
    CARD: 'En cuanto esté hecho, realizaremos el pago una sola vez y su pedido seguirá adelante.',
    AUTH: 'En cuanto lo haya confirmado, su pedido seguirá adelante.',
    STOP: 'En cuanto lo haya elegido, realizaremos el pago una sola vez y su pedido seguirá adelante.',
    UNKNOWN: CHOOSE,
  },
  mayChange: 'Si prefiere pagar de otra forma, puede cambiar su método de pago cuando quiera.',
  pleaseUpdate: {
    card: 'Por favor, actualice su tarjeta.',
    shop_pay: 'Por favor, actualice su método de pago en Shop Pay.',
    paypal:
      'Por favor, apruebe de nuevo el pago en PayPal: recibirá un enlace seguro para hacerlo.',
    bank_account: 'Por favor, revise su cuenta bancaria o elija otro método de pago.',
    other: 'Por favor, elija otro método de pago.',
  },
  pleaseConfirm: 'La confirmación solo lleva un minuto y únicamente usted puede hacerla.',
  pleaseReplace: 'Por favor, use otro método de pago para esta suscripción.',
  button: {
    update: 'Actualizar el método de pago',
    update_card: 'Actualizar la tarjeta',
    update_shop_pay: 'Actualizar en Shop Pay',
    update_paypal: 'Aprobar en PayPal',
    replace: 'Usar otro método de pago',
    confirm: 'Confirmar el pago',
    options: 'Ver las opciones',
    details: 'Ver los detalles',
    resume: 'Ver cómo reanudarla',
  },
  willEnd: {
    pause:
      'Si nada cambia, pausaremos {{ subscription }} el {{ deadline }}. Después podrá reanudarla durante 90 días.',
    skip: 'Si nada cambia, omitiremos este pedido el {{ deadline }}. Su suscripción seguirá con el siguiente.',
    leave:
      'Puede resolverlo usted hasta el {{ deadline }}. Después, {{ shop_name }} se pondrá en contacto con usted por este pedido.',
    unpaid_order:
      'Si nada cambia, {{ shop_name }} mantendrá este pedido abierto para usted a partir del {{ deadline }}, y podrá pagarlo cuando le venga bien.',
    cancel:
      'Si nada cambia, {{ subscription }} terminará el {{ deadline }}. Podrá empezar una nueva cuando quiera.',
  },
  firstSubject: {
    FUNDS: NOT_YET,
    ISSUER: 'El pago por {{ product }} no se ha aprobado',
    TECH: NOT_YET,
    CARD: 'Por favor, actualice su método de pago para {{ product }}',
    AUTH: 'Por favor, confirme el pago por {{ product }}',
    STOP: 'Por favor, use otro método de pago para {{ product }}',
    UNKNOWN: NOT_YET,
  },
  lastSubject: {
    pause: 'Pausaremos {{ subscription }} el {{ deadline }}',
    skip: 'Omitiremos un pedido el {{ deadline }}: {{ product }}',
    leave: 'Un último recordatorio sobre el pago por {{ product }}',
    unpaid_order: 'Su pedido queda abierto a partir del {{ deadline }}: {{ product }}',
    cancel: 'Su suscripción termina el {{ deadline }}',
  },
  first: {
    body: `{{ happened }} De momento no ha cambiado nada en su suscripción.

{{ do_and_next }}`,
  },
  reminder: {
    subject: 'Un breve recordatorio: el pago por {{ product }} sigue pendiente',
    body: `Este es un breve recordatorio. {{ happened }}

{{ do_and_next }}

Tiene tiempo hasta el {{ deadline }}.`,
  },
  options: {
    subject: 'Algunas formas de continuar: {{ product }}',
    body: `{{ happened }}

Puede continuar de la forma que prefiera:

{% if next_try %}- Esperar: lo intentaremos de nuevo el {{ next_try }} y usted no tiene que hacer nada.
{% endif %}- Pagar de otra forma: elija otro método de pago en la página de abajo.
- Omitir este pedido{% if next_try %} o elegir otro día{% endif %}: en la misma página.
- Otra cosa: basta con responder a este correo.

{{ will_end }}`,
  },
  plan: {
    subject: 'Qué pasa ahora: {{ product }}',
    body: `{{ happened }} Esto es lo que pasa ahora:

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
    subject: 'Cómo actualizar el método de pago para {{ product }}',
    body: `Nos ha pedido una forma de actualizar su método de pago para {{ product }}. La página de abajo se la muestra.

Si no lo ha pedido, puede dejar este correo sin más: no cambia nada.`,
  },
  address: {
    subject: '¿Podría revisar su dirección de envío? {{ product }}',
    body: `Nos gustaría enviarle su pedido ({{ product }}), pero parece que falta algo en su dirección de envío.

Por favor, responda a este correo con su dirección completa y {{ shop_name }} la corregirá. Su pedido seguirá adelante en cuanto esté completa.`,
  },
  recovered: {
    subject: 'Todo listo: {{ product }}',
    body: `Gracias: {% if total %}el pago de {{ total }} se ha realizado{% else %}el pago se ha realizado{% endif %} y su pedido está en camino.

No tiene que hacer nada más. Su suscripción sigue como antes.{% if charge_day %} Su próximo pedido está previsto para el {{ charge_day }}.{% endif %}`,
  },
  recoveredOfShop: {
    subject: 'Buenas noticias: su pedido está en camino',
    body: `Su pedido está en camino ({{ product }}). Gracias por su paciencia.

No tiene que hacer nada. Su suscripción sigue como antes.`,
  },
  ended: {
    pause: {
      subject: 'Su suscripción está en pausa',
      body: `Hemos puesto en pausa {{ subscription }}, porque el pago de {{ amount }} no se ha completado. Mientras esté en pausa no se le cobrará nada.

Puede reanudarla durante 90 días, con un clic en la página de abajo. Si desea ayuda, basta con responder a este correo.`,
    },
    skip: {
      subject: 'Hemos omitido este pedido: {{ product }}',
      body: `El pago de {{ amount }} no se ha completado, así que hemos omitido este pedido ({{ product }}). No se le cobrará.

Su suscripción se queda como está y sigue con el próximo pedido. Para que todo vaya bien, puede actualizar su método de pago cuando quiera.`,
    },
    leave: {
      subject: 'Su pedido sigue abierto: {{ product }}',
      body: `El pago de {{ amount }} por {{ product }} no se ha completado y no volveremos a intentarlo por nuestra cuenta. Su suscripción sigue activa.

Por favor, responda a este correo y {{ shop_name }} buscará una solución con usted.`,
    },
    unpaid_order: {
      subject: 'Su pedido queda abierto para usted: {{ product }}',
      body: `El pago de {{ amount }} por {{ product }} no se ha completado. {{ shop_name }} mantiene el pedido abierto para usted y no se cobrará nada más automáticamente.

Puede pagarlo cuando le venga bien. Responda a este correo si desea ayuda.`,
    },
    cancel: {
      subject: 'Su suscripción ha terminado',
      body: `El pago de {{ amount }} no se ha completado y {{ subscription }} ha terminado. No se le cobrará nada más.

Puede volver cuando quiera y empezar una nueva suscripción.`,
    },
  },
  endedOfShop: {
    subject: 'Sobre su pedido: {{ product }}',
    body: `Esta vez no hemos podido enviarle su pedido ({{ product }}) y lo sentimos. Su suscripción se queda como está.

Responda a este correo si tiene alguna pregunta.`,
  },
  cardExpires: {
    subject: 'Es posible que su método de pago no sea válido para su próximo pedido',
    body: `Su próximo pedido está previsto para el {{ charge_day }} ({{ product }}). Su método de pago ({{ method }}) es válido hasta el {{ method_expires }}, una fecha anterior.

Por favor, actualícelo antes del {{ charge_day }}, cuando le venga bien. Ese día el pago se hará con el método que esté guardado, y su pedido seguirá como siempre.

Si su banco ya le ha enviado una tarjeta nueva, es posible que no tenga que hacer nada.`,
  },
  renewal: {
    subject: 'Su próximo pedido está previsto para el {{ charge_day }}: {{ product }}',
    body: `Su próximo pedido está previsto para el {{ charge_day }} ({{ product }}). Ese día se pagarán {{ amount }} (antes de impuestos) con {{ method }}.

No tiene que hacer nada. Si quiere cambiarlo, omitirlo o cancelarlo antes, la página de abajo le muestra cómo.`,
  },
  sms: {
    first: {
      FUNDS: '{{ shop_name }}: el pago por {{ product }} aún no se ha completado. {{ link }}',
      ISSUER: '{{ shop_name }}: su banco no ha aprobado el pago por {{ product }}. {{ link }}',
      TECH: '{{ shop_name }}: el pago por {{ product }} aún no se ha completado. {{ link }}',
      CARD: '{{ shop_name }}: por favor, actualice su método de pago para {{ product }}. {{ link }}',
      AUTH: '{{ shop_name }}: por favor, confirme el pago por {{ product }}. {{ link }}',
      STOP: '{{ shop_name }}: por favor, use otro método de pago para {{ product }}. {{ link }}',
      UNKNOWN: '{{ shop_name }}: el pago por {{ product }} aún no se ha completado. {{ link }}',
    },
    reminder: '{{ shop_name }}: el pago por {{ product }} sigue pendiente. {{ link }}',
    plan: '{{ shop_name }}: qué pasa ahora y qué puede hacer: {{ link }}',
    last: {
      pause:
        '{{ shop_name }}: pausaremos su suscripción el {{ deadline }}. Podrá reanudarla durante 90 días. {{ link }}',
      skip: '{{ shop_name }}: omitiremos este pedido el {{ deadline }}. {{ link }}',
      leave: '{{ shop_name }}: último recordatorio sobre el pago por {{ product }}. {{ link }}',
      unpaid_order: '{{ shop_name }}: su pedido queda abierto desde el {{ deadline }}. {{ link }}',
      cancel: '{{ shop_name }}: su suscripción termina el {{ deadline }}. {{ link }}',
    },
    stopHint: 'Responda STOP para no recibir más SMS.',
    stopped:
      '{{ shop_name }}: no recibirá más SMS nuestros. Responda START para volver a recibirlos.',
    started:
      '{{ shop_name }}: volverá a recibir SMS sobre su suscripción. Responda STOP para dejar de recibirlos.',
    help: '{{ shop_name }}: SMS sobre su suscripción. Ayuda: {{ reply_to }}. Responda STOP para no recibir más.',
  },
  feedback: {
    question: '¿Qué tal ha sido resolver esto?',
    answers: {
      easy: 'Ha sido fácil',
      unclear: 'No tenía claro qué hacer',
      too_many: 'Eran demasiados mensajes',
      other: 'Otra cosa',
    },
  },
  foot: {
    hello: 'Hola, {{ first_name }}:',
    helloNobody: 'Hola:',
    copyLink: 'O abra esta dirección:',
    inAccount: 'O en su cuenta en {{ shop_name }}',
    stop: '¿Ya ha cancelado su suscripción, o no es usted?',
    stopLink: 'Díganoslo aquí',
    reply: 'Una persona de {{ shop_name }} lee su respuesta',
    why: 'Recibe este mensaje por su suscripción en {{ shop_name }}.',
    order: 'Pedido',
    amount: 'Importe',
    method: 'Método de pago',
    nextTry: 'Próximo intento',
    deadline: 'Hasta',
    also: 'También pendiente de pago',
    unsubscribe: 'No recibir más ofertas',
  },
}
