/** The Spanish words of the signed page. */
import type { PageWords } from './words.ts'

export const es: PageWords = {
  secureLink: 'Recibir el enlace seguro',
  secureLinkNote:
    'Shopify, que gestiona los pagos de esta tienda, le envía por correo un enlace para actualizar su método de pago. Sus datos se piden allí, nunca aquí.',
  paypalNote:
    'Shopify, que gestiona los pagos de esta tienda, le envía por correo un enlace para aprobar el pago en PayPal.',
  shopPay: 'Actualizar en Shop Pay',
  shopPayNote: 'Este botón le lleva a Shop Pay.',
  openAccount: 'Abrir su cuenta',
  openAccountNote:
    'Después de iniciar sesión en {{ shop }}, introduce los nuevos datos de pago en la ventana de Shopify.',
  useMethod: 'Usar otro método de pago guardado',
  useMethodNote:
    'El pago se hace una vez con él, ahora mismo, y su suscripción lo usa desde ahora.',
  confirm: 'Confirmar con su banco',
  confirmNote: 'Este botón le lleva a la confirmación de su banco. Después puede volver aquí.',
  start: 'Iniciar la confirmación',
  startNote: 'El pago se inicia de nuevo, y es posible que su banco le pida que lo confirme.',
  otherWays: 'Otras opciones',
  pay: 'Pagar ahora',
  payNote: 'Intentamos el pago de nuevo ahora mismo, con el mismo método de pago.',
  day: 'Elegir otro día',
  dayNote: {
    one: 'Intentamos el pago el día que usted elija. Puede cambiarlo {{ count }} vez más.',
    many: 'Intentamos el pago el día que usted elija. Puede cambiarlo {{ count }} veces más.',
    other: 'Intentamos el pago el día que usted elija. Puede cambiarlo {{ count }} veces más.',
  },
  smaller: 'Llevar menos esta vez',
  smallerNote:
    'Solo se reduce este pedido; el siguiente vuelve a estar completo. Ahora no se cobra nada: el importe reducido se cobra en el próximo intento.',
  smallerLine: '{{ title }}, {{ price }} por unidad',
  smallerNone: 'Nada esta vez',
  smallerPress: 'Reducir este pedido',
  smallerChosen: 'Eligió un pedido más pequeño: {{ amount }} en lugar de {{ whole }}.',
  whole: 'Volver al pedido completo',
  wholeNote:
    'Este pedido vuelve a estar completo, y el importe total se cobra en el próximo intento. Ahora no se cobra nada.',
  skip: 'Omitir este pedido',
  skipNote: 'Este pedido no se envía ni se cobra. Su suscripción sigue con el siguiente.',
  pause: 'Pausar la suscripción',
  pauseNote: 'No se envía ni se cobra nada hasta que la reanude. Puede hacerlo aquí.',
  resume: 'Reanudar la suscripción',
  resumeNote: 'Su suscripción continúa, y el próximo pedido se cobra como siempre.',
  resumeOpenNote: 'Su suscripción continúa, y el pago de {{ product }} se intenta de nuevo.',
  resumeOwedNote:
    'Su suscripción continúa. El pago de {{ product }} sigue pendiente, y esta página le muestra después cómo continúa.',
  stopSummary: '¿Ya canceló, o no es usted?',
  stopNote:
    'Pulse el botón y nos detenemos: no se cobra nada más por este pedido. No recibe más mensajes sobre este pago ni sobre ningún otro, y se lo decimos a {{ shop }}. La suscripción en sí queda como está hasta que la tienda la revise.',
  stopNoteBefore:
    'Pulse el botón y no recibirá más mensajes sobre este pago ni sobre ningún otro; se lo decimos a {{ shop }}. La suscripción en sí queda como está hasta que la tienda la revise.',
  stop: 'Detener, por favor',

  recovered: 'Gracias, ha funcionado',
  recoveredPaid: 'El pago se ha realizado, y {{ order }} está en camino.',
  recoveredTotal: 'El pago de {{ total }} se ha realizado, y {{ order }} está en camino.',
  goodNews: 'Buenas noticias',
  onItsWay: '{{ order }} está en camino.',
  nothingElse: 'No tiene que hacer nada más. Su suscripción sigue como antes.',
  nextOrder: 'Su próximo pedido está previsto para el {{ day }}.',
  settled: 'Esto está resuelto',
  settledPaid: '{{ order }} está pagado. No queda nada por hacer.',
  settledOther: '{{ order }} está resuelto. No queda nada por hacer.',
  skipped: 'Este pedido se ha omitido',
  skippedOrder: '{{ order }} se ha omitido.',
  skippedUnpaid:
    'El pago de {{ product }} no se ha realizado, por eso se ha omitido este pedido. No se le cobrará.',
  goesOn: 'Su suscripción sigue con el próximo pedido.',
  ended: 'Su suscripción ha terminado',
  endedBody: 'La suscripción ha terminado: {{ product }}.',
  endedUnpaid:
    'El pago de {{ product }} no se ha realizado, y la suscripción ha terminado. No se cobrará nada más.',
  welcomeBack: 'Puede volver cuando quiera.',
  nothingHere: 'Aquí ya no hay nada que hacer',
  replaced: '{{ order }} se ha sustituido por uno más reciente.',
  closed: 'Este pedido está cerrado',
  closedBody: '{{ shop }} ha cerrado {{ order }}.',
  noCharge: 'No se cobrará nada más por él.',
  paused: 'Su suscripción está en pausa',
  pausedUnpaid:
    'El pago de {{ product }} no se ha realizado, por eso la suscripción está en pausa. No se cobrará nada mientras tanto.',
  resumeAnyTime: 'Puede reanudarla cuando quiera.',
  resumeUntil: 'Puede reanudarla aquí hasta el {{ day }}.',
  resumed: 'Su suscripción continúa',
  resumedBody:
    'El pago de {{ product }} que no se realizó ya no se intenta. El próximo pedido se cobra como siempre.',
  pausedHeld: 'Esta suscripción está en pausa',
  pausedHeldBody:
    'No se cobra nada por {{ product }} mientras está en pausa, y las fechas no avanzan.',
  keptOpen: 'Su pedido sigue abierto',
  keptOpenBody: '{{ shop }} mantiene abierto {{ order }}, y no se cobra nada más automáticamente.',
  stillOpen: 'Este pago sigue pendiente',
  stillOpenBody:
    'El pago de {{ product }} no se ha realizado, y no lo intentaremos de nuevo por nuestra cuenta.',
  stopped: 'Nos hemos detenido',
  stoppedBody:
    'Nos dijo que ya canceló, o que no es usted. Ya no se intenta ningún pago de {{ product }} ni se envía ningún mensaje más.',
  shopWillLook: '{{ shop }} está al tanto y lo revisará.',
  looking: '{{ shop }} lo está revisando',
  lookingBody:
    '{{ shop }} está comprobando algo sobre {{ order }}. Hasta entonces no pasa nada con él.',
  nothingToDo: 'No tiene que hacer nada.',
  checking: 'Estamos comprobando un pago',
  checkingBody: 'Se inició un pago de {{ product }}, y estamos comprobando qué ha pasado con él.',
  checkingRest:
    'No se cobra nada más hasta que esté claro, así que no se le puede cobrar dos veces. No tiene que hacer nada.',
  orderWaits: 'Su pedido espera el pago',
  orderWaitsBody:
    'Se creó un pedido de {{ product }}, y su pago aún no ha llegado. No se cobra nada más por él.',
  underWay: 'Hay un pago en curso',
  underWayBody: 'Acabamos de iniciar el pago de {{ product }}. Suele tardar menos de un minuto.',
  bankDebit: 'El pago de {{ product }} está en camino desde su banco. Puede tardar unos días.',
  loadAgain: 'Vuelva a cargar esta página para ver el resultado.',
  ofShop: '{{ shop }} se ocupa de esto',
  ofShopBody: '{{ shop }} está arreglando algo de {{ order }}.',
  address: '¿Podría revisar su dirección de envío?',
  addressBody:
    '{{ shop }} quiere enviarle {{ order }}, pero parece que falta algo en su dirección de envío.',
  addressWrite:
    'Escriba su dirección completa a {{ contact }}, y su pedido seguirá en cuanto esté completa.',
  addressTell:
    'Indique a {{ shop }} su dirección completa, y su pedido seguirá en cuanto esté completa.',
  writeTo: 'Escriba a {{ contact }}, y {{ shop }} le ayudará.',
  askShop: 'Pregunte a {{ shop }}, y le ayudarán.',
  ranOut: 'La última confirmación ha caducado.',
  notPassed: 'La última confirmación no se completó.',
  noMoreTries: 'No se puede iniciar de nuevo para este pedido. Use otro método de pago, por favor.',
  againNow: 'Puede iniciarla de nuevo ahora.',
  againFrom: 'Puede iniciarla de nuevo a partir del {{ at }}, o usar antes otro método de pago.',
  secureMailSent:
    'El enlace seguro de Shopify va de camino al correo de su suscripción (solicitado el {{ at }}). Mire también en el correo no deseado.',
  askTomorrow: 'Puede pedir otro un día después.',
  thanks: 'Gracias por contarle a {{ shop }} cómo fue.',

  plannedFor: 'Previsto para',
  beforeTax: '{{ amount }} antes de impuestos',
  wasPlanned: 'Se trataba de un pedido previsto para el {{ day }}.',
  heardStop:
    'Nos dijo que ya canceló, o que no es usted. No recibirá más mensajes sobre sus pagos.',
  howToChange:
    'No tiene que hacer nada. Para cambiarlo, omitirlo o cancelarlo antes, abra su cuenta en {{ shop }} con el enlace de abajo.',
  orWriteTo: 'También puede escribir a {{ contact }}.',

  person: 'Una persona de {{ shop }} lee su correo:',
  account: 'Su cuenta en {{ shop }}',
  terms: 'Condiciones de pago de {{ shop }}',
  neverCards: 'Esta página nunca pide datos de tarjetas.',
  notices: {
    challenge_gone:
      'La confirmación de su banco ha caducado o ya se usó. Abajo ve cómo está todo ahora.',
    not_now:
      'No ha funcionado en este momento, y no se ha cambiado nada. Inténtelo de nuevo en unos minutos.',
    going_on:
      'Shopify no responde en este momento. Seguimos intentándolo y no tiene que pulsar de nuevo. Abajo ve cómo está todo.',
    not_possible: 'Eso ya no es posible. Abajo ve cómo está todo ahora.',
    mail_refused: 'No se pudo enviar el enlace seguro. Escriba a la tienda, y le ayudarán.',
    not_started: 'El pago no se pudo iniciar ahora. Abajo ve cómo está todo.',
    not_stopped:
      'No se ha podido detener ahora porque se está comprobando un pago. Inténtelo más tarde o escriba a la tienda.',
    nothing_less:
      'No se ha cambiado nada. Elija menos que el pedido completo y deje al menos una unidad.',
  },
  plain: {
    nowhere: 'Este enlace ya no lleva a ninguna parte',
    nowhereBody:
      'Puede que sea demasiado antiguo o que le falte una parte. Abra el correo más reciente sobre su suscripción o escriba a la tienda.',
    withdrawn: 'Este enlace fue retirado',
    withdrawnBody:
      'Use el enlace del correo más reciente sobre su suscripción o escriba a la tienda.',
    failed: 'Esto no ha funcionado',
    goBack: 'Vuelva atrás, cargue la página de nuevo y pulse allí el botón.',
    openAgain: 'Abra de nuevo el enlace de su correo.',
    often: 'Un momento, por favor',
    oftenBody:
      'Esta página se ha abierto muchas veces hace un momento. Espere unos minutos y cárguela de nuevo.',
    broken: 'Esta página no se puede mostrar en este momento',
    brokenBody: 'No se ha cambiado nada. Inténtelo de nuevo en unos minutos.',
  },
  unsubscribed: 'No más ofertas de {{ shop }}',
  unsubscribedBody:
    'Ya no recibirá ofertas por correo. Los avisos sobre el pago de su suscripción continúan.',
  unsubscribeNote: 'Los avisos sobre el pago de su suscripción continúan.',
  tooOld: 'Este enlace es demasiado antiguo',
  tooOldBody:
    'Ya no guardamos a quién se envió este correo, así que no podemos detener las ofertas desde aquí. Use el enlace de un correo más reciente de {{ shop }} o escriba a la tienda.',
}
