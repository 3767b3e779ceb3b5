/** The Portuguese words of the signed page, as in Brazil. */
import type { PageWords } from './words.ts'

export const ptBR: PageWords = {
  secureLink: 'Receber o link seguro',
  secureLinkNote:
    'A Shopify, que cuida dos pagamentos desta loja, envia um e-mail com um link para atualizar sua forma de pagamento. Seus dados são pedidos lá, nunca aqui.',
  paypalNote:
    'A Shopify, que cuida dos pagamentos desta loja, envia um e-mail com um link para aprovar o pagamento no PayPal.',
  shopPay: 'Atualizar no Shop Pay',
  shopPayNote: 'Este botão leva ao Shop Pay.',
  openAccount: 'Abrir sua conta',
  openAccountNote:
    'Depois de entrar na sua conta em {{ shop }}, você informa os novos dados de pagamento na janela da própria Shopify.',
  useMethod: 'Usar outra forma de pagamento salva',
  useMethodNote:
    'O pagamento é feito com ela uma vez, agora mesmo, e sua assinatura passa a usá-la.',
  confirm: 'Confirmar com seu banco',
  confirmNote: 'Este botão leva à confirmação do seu banco. Depois, você pode voltar para cá.',
  start: 'Iniciar a confirmação',
  startNote: 'O pagamento é iniciado mais uma vez, e seu banco pode pedir que você o confirme.',
  otherWays: 'Outras opções',
  pay: 'Pagar agora',
  payNote: 'Tentamos o pagamento de novo agora mesmo, com a mesma forma de pagamento.',
  day: 'Escolher outro dia',
  dayNote: {
    one: 'Tentamos o pagamento no dia que você escolher. Você pode mudá-lo mais {{ count }} vez.',
    many: 'Tentamos o pagamento no dia que você escolher. Você pode mudá-lo mais {{ count }} vezes.',
    other:
      'Tentamos o pagamento no dia que você escolher. Você pode mudá-lo mais {{ count }} vezes.',
  },
  smaller: 'Levar menos desta vez',
  smallerNote:
    'Só este pedido fica menor; o próximo volta a ser completo. Nada é cobrado agora: o valor menor é cobrado na próxima tentativa.',
  smallerLine: '{{ title }}, {{ price }} por unidade',
  smallerNone: 'Nada desta vez',
  smallerPress: 'Reduzir este pedido',
  smallerChosen: 'Você escolheu um pedido menor: {{ amount }} em vez de {{ whole }}.',
  whole: 'Voltar ao pedido completo',
  wholeNote:
    'Este pedido volta a ser completo, e o valor total é cobrado na próxima tentativa. Nada é cobrado agora.',
  skip: 'Pular este pedido',
  skipNote: 'Este pedido não é enviado nem cobrado. Sua assinatura continua com o próximo.',
  pause: 'Pausar a assinatura',
  pauseNote: 'Nada é enviado nem cobrado até você retomá-la. Você pode fazer isso aqui.',
  resume: 'Retomar a assinatura',
  resumeNote: 'Sua assinatura continua, e o próximo pedido é cobrado como de costume.',
  resumeOpenNote: 'Sua assinatura continua, e o pagamento de {{ product }} é tentado de novo.',
  resumeOwedNote:
    'Sua assinatura continua. O pagamento de {{ product }} ainda está em aberto, e esta página mostra depois o próximo passo.',
  stopSummary: 'Já cancelou, ou não é você?',
  stopNote:
    'Aperte o botão e nós paramos: nada mais é cobrado por este pedido. Você não recebe mais mensagens sobre este pagamento nem sobre outro, e a loja {{ shop }} fica sabendo. A assinatura em si fica como está até que a loja a verifique.',
  stopNoteBefore:
    'Aperte o botão e você não recebe mais mensagens sobre este pagamento nem sobre outro; a loja {{ shop }} fica sabendo. A assinatura em si fica como está até que a loja a verifique.',
  stop: 'Parar, por favor',

  recovered: 'Obrigado, deu certo',
  recoveredPaid: 'O pagamento foi feito, e {{ order }} está a caminho.',
  recoveredTotal: 'O pagamento de {{ total }} foi feito, e {{ order }} está a caminho.',
  goodNews: 'Boas notícias',
  onItsWay: '{{ order }} está a caminho.',
  nothingElse: 'Você não precisa fazer mais nada. Sua assinatura continua como antes.',
  nextOrder: 'Seu próximo pedido está previsto para {{ day }}.',
  settled: 'Isto está resolvido',
  settledPaid: '{{ order }} está pago. Não há mais nada a fazer.',
  settledOther: '{{ order }} está resolvido. Não há mais nada a fazer.',
  skipped: 'Este pedido foi pulado',
  skippedOrder: '{{ order }} foi pulado.',
  skippedUnpaid:
    'O pagamento de {{ product }} não foi feito, por isso este pedido foi pulado. Ele não será cobrado.',
  goesOn: 'Sua assinatura continua com o próximo pedido.',
  ended: 'Sua assinatura terminou',
  endedBody: 'A assinatura terminou: {{ product }}.',
  endedUnpaid:
    'O pagamento de {{ product }} não foi feito, e a assinatura terminou. Nada mais será cobrado.',
  welcomeBack: 'Você pode voltar quando quiser.',
  nothingHere: 'Não há mais nada a fazer aqui',
  replaced: '{{ order }} foi substituído por um mais novo.',
  closed: 'Este pedido está encerrado',
  closedBody: 'A loja {{ shop }} encerrou {{ order }}.',
  noCharge: 'Nada mais será cobrado por ele.',
  paused: 'Sua assinatura está pausada',
  pausedUnpaid:
    'O pagamento de {{ product }} não foi feito, por isso a assinatura está pausada. Nada será cobrado enquanto isso.',
  resumeAnyTime: 'Você pode retomá-la quando quiser.',
  resumeUntil: 'Você pode retomá-la aqui até {{ day }}.',
  resumed: 'Sua assinatura continua',
  resumedBody:
    'O pagamento de {{ product }} que não foi feito não é mais tentado. O próximo pedido é cobrado como de costume.',
  pausedHeld: 'Esta assinatura está pausada',
  pausedHeldBody: 'Nada é cobrado por {{ product }} enquanto está pausada, e as datas não avançam.',
  keptOpen: 'Seu pedido continua aberto',
  keptOpenBody:
    'A loja {{ shop }} mantém {{ order }} em aberto, e nada mais é cobrado automaticamente.',
  stillOpen: 'Este pagamento ainda está em aberto',
  stillOpenBody:
    'O pagamento de {{ product }} não foi feito, e não vamos tentar de novo por conta própria.',
  stopped: 'Nós paramos',
  stoppedBody:
    'Você nos disse que cancelou, ou que não é você. Nenhum pagamento de {{ product }} é mais tentado, e nenhuma mensagem é mais enviada.',
  shopWillLook: 'A loja {{ shop }} foi avisada e vai verificar.',
  looking: 'A loja {{ shop }} está verificando isto',
  lookingBody:
    'A loja {{ shop }} está conferindo algo sobre {{ order }}. Até lá, nada acontece com ele.',
  nothingToDo: 'Você não precisa fazer nada.',
  checking: 'Estamos conferindo um pagamento',
  checkingBody:
    'Um pagamento de {{ product }} foi iniciado, e estamos conferindo o que aconteceu com ele.',
  checkingRest:
    'Nada mais é cobrado até isso ficar claro, então você não pode ser cobrado duas vezes. Você não precisa fazer nada.',
  orderWaits: 'Seu pedido espera o pagamento',
  orderWaitsBody:
    'Um pedido de {{ product }} foi criado, e o pagamento ainda não chegou. Nada mais é cobrado por ele.',
  underWay: 'Há um pagamento em andamento',
  underWayBody:
    'Acabamos de iniciar o pagamento de {{ product }}. Costuma levar menos de um minuto.',
  bankDebit: 'O pagamento de {{ product }} está vindo do seu banco. Isso pode levar alguns dias.',
  loadAgain: 'Carregue esta página de novo para ver o resultado.',
  ofShop: 'A loja {{ shop }} está cuidando disto',
  ofShopBody: 'A loja {{ shop }} está resolvendo algo sobre {{ order }}.',
  address: 'Você pode conferir seu endereço de entrega?',
  addressBody:
    'A loja {{ shop }} quer enviar {{ order }}, mas parece faltar algo no seu endereço de entrega.',
  addressWrite:
    'Envie seu endereço completo para {{ contact }}. Seu pedido continua assim que ele estiver completo.',
  addressTell:
    'Informe seu endereço completo à loja {{ shop }}. Seu pedido continua assim que ele estiver completo.',
  writeTo: 'Escreva para {{ contact }}, e a loja {{ shop }} ajudará você.',
  askShop: 'Pergunte à loja {{ shop }}, e ela ajudará você.',
  ranOut: 'A última confirmação expirou.',
  notPassed: 'A última confirmação não foi concluída.',
  noMoreTries: 'Ela não pode ser iniciada de novo para este pedido. Use outra forma de pagamento.',
  againNow: 'Você pode iniciá-la de novo agora.',
  againFrom:
    'Você pode iniciá-la de novo a partir de {{ at }}, ou usar antes outra forma de pagamento.',
  secureMailSent:
    'O link seguro da Shopify está a caminho do e-mail da sua assinatura (pedido em {{ at }}). Veja também na caixa de spam.',
  askTomorrow: 'Você pode pedir outro um dia depois.',
  thanks: 'Obrigado por contar à loja {{ shop }} como foi.',

  plannedFor: 'Previsto para',
  beforeTax: '{{ amount }} antes dos impostos',
  wasPlanned: 'Tratava-se de um pedido previsto para {{ day }}.',
  heardStop:
    'Você nos disse que cancelou, ou que não é você. Você não recebe mais mensagens sobre seus pagamentos.',
  howToChange:
    'Você não precisa fazer nada. Para mudar, pular ou cancelar antes disso, abra sua conta na loja {{ shop }} pelo link abaixo.',
  orWriteTo: 'Você também pode escrever para {{ contact }}.',

  person: 'Uma pessoa da loja {{ shop }} lê seu e-mail:',
  account: 'Sua conta na loja {{ shop }}',
  terms: 'Condições de pagamento da loja {{ shop }}',
  neverCards: 'Esta página nunca pede dados de cartão.',
  notices: {
    challenge_gone:
      'A confirmação do seu banco expirou ou já foi usada. Veja abaixo como está agora.',
    not_now: 'Não deu certo agora, e nada mudou. Tente de novo em alguns minutos.',
    going_on:
      'A Shopify não responde no momento. Continuamos tentando, e você não precisa apertar de novo. Veja abaixo como está.',
    not_possible: 'Isso não é mais possível. Veja abaixo como está agora.',
    mail_refused: 'Não foi possível enviar o link seguro. Escreva para a loja, e ela ajudará você.',
    not_started: 'Não foi possível iniciar o pagamento agora. Veja abaixo como está.',
    not_stopped:
      'Não foi possível parar agora, porque um pagamento está sendo conferido. Tente mais tarde ou escreva para a loja.',
    nothing_less: 'Nada mudou. Escolha menos que o pedido completo e deixe pelo menos uma unidade.',
  },
  plain: {
    nowhere: 'Este link não leva mais a lugar nenhum',
    nowhereBody:
      'Ele pode ser muito antigo, ou falta uma parte. Abra o e-mail mais recente sobre sua assinatura ou escreva para a loja.',
    withdrawn: 'Este link foi retirado',
    withdrawnBody: 'Use o link do e-mail mais recente sobre sua assinatura ou escreva para a loja.',
    failed: 'Isto não funcionou',
    goBack: 'Volte, carregue a página de novo e aperte o botão.',
    openAgain: 'Abra de novo o link do seu e-mail.',
    often: 'Um momento, por favor',
    oftenBody:
      'Esta página foi aberta muitas vezes agora há pouco. Espere alguns minutos e carregue de novo.',
    broken: 'Esta página não pode ser mostrada agora',
    brokenBody: 'Nada mudou. Tente de novo em alguns minutos.',
  },
  unsubscribed: 'Sem mais ofertas da loja {{ shop }}',
  unsubscribedBody:
    'Você não recebe mais ofertas por e-mail. Os avisos sobre o pagamento da sua assinatura continuam.',
  unsubscribeNote: 'Os avisos sobre o pagamento da sua assinatura continuam.',
  tooOld: 'Este link é antigo demais',
  tooOldBody:
    'Não guardamos mais para quem este e-mail foi enviado, por isso não conseguimos encerrar as ofertas por aqui. Use o link de um e-mail mais recente da loja {{ shop }} ou escreva para a loja.',
}
