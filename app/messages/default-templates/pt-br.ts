/**
 * The Brazilian Portuguese words. Days come without their weekday (formats.ts), which would need an article of its own
 * gender.
 */
import type { Language } from './language.ts'

const ISSUER = 'Seu banco não aprovou o pagamento de {{ amount }} referente a {{ product }}.'
const NUMBER = 'O número do cartão ({{ method }}) não parece correto'
const CODE = 'O código de segurança ({{ method }}) precisa ser informado novamente'
const ADDRESS = 'O endereço de cobrança ({{ method }}) não confere com o que seu banco tem'
const EXPIRED = 'A validade já passou ({{ method }})'
const ENDED = 'O acordo de pagamento terminou ({{ method }})'
const NONE = 'No momento não há forma de pagamento na sua assinatura'
const SO = '. Por isso, o pagamento de {{ amount }} referente a {{ product }} não pôde ser feito.'
const CHOOSE = 'Não planejamos outra tentativa. Por favor, escolha como prefere pagar.'
const NOT_YET = 'O pagamento ainda não foi concluído: {{ product }}'
const COULD_NOT = 'Não conseguimos processar o pagamento de {{ amount }} referente a {{ product }}.'

export const ptBr: Language = {
  tag: 'pt-BR',
  name: 'Português (Brasil)',
  names: {
    product: 'sua assinatura',
    subscription: 'sua assinatura',
    subscriptionTo: 'sua assinatura ({{ product }})',
    order: 'seu pedido',
    orderOf: 'seu pedido ({{ product }})',
    method: 'sua forma de pagamento',
    methodStart: 'Sua forma de pagamento',
    ending: '{{ brand }} com final {{ digits }}',
    at: '{{ day }} às {{ time }}',
  },
  happened: {
    FUNDS: COULD_NOT,
    ISSUER,
    TECH: 'Um problema técnico impediu o pagamento de {{ amount }} referente a {{ product }}.',
    CARD: `Esta forma de pagamento não pode mais ser usada ({{ method }})${SO}`,
    AUTH: 'Seu banco pede que você confirme o pagamento de {{ amount }} referente a {{ product }}.',
    STOP: 'O pagamento de {{ amount }} referente a {{ product }} não pôde ser feito com {{ method }}.',
    UNKNOWN: COULD_NOT,
  },
  happenedByCode: {
    CALL_ISSUER: `${ISSUER} O banco pode explicar o motivo.`,
    EXPIRED_CARD: EXPIRED + SO,
    EXPIRED_PAYMENT_METHOD: EXPIRED + SO,
    INVALID_EXPIRY_DATE: `A data de validade ({{ method }}) não parece correta${SO}`,
    INVALID_NUMBER: NUMBER + SO,
    INCORRECT_NUMBER: NUMBER + SO,
    CARD_NUMBER_INCORRECT: NUMBER + SO,
    INVALID_CVC: CODE + SO,
    INCORRECT_CVC: CODE + SO,
    INCORRECT_PIN: `Seu banco não conseguiu verificar esta forma de pagamento ({{ method }})${SO}`,
    INCORRECT_ZIP: ADDRESS + SO,
    INCORRECT_ADDRESS: ADDRESS + SO,
    INVALID_BILLING_ADDRESS: ADDRESS + SO,
    AMOUNT_TOO_LARGE: `Esta forma de pagamento ({{ method }}) não permite um pagamento desse valor${SO}`,
    BUYER_CANCELED_PAYMENT_METHOD: ENDED + SO,
    INVALID_CUSTOMER_BILLING_AGREEMENT: ENDED + SO,
    PAYMENT_METHOD_NOT_FOUND: NONE + SO,
    PAYMENT_METHOD_NOT_SPECIFIED: NONE + SO,
    PAYMENT_METHOD_UNSUPPORTED: `Esta forma de pagamento ({{ method }}) não pode ser usada nesta assinatura${SO}`,
  },
  happenedWithPaypal: {
    ISSUER: 'O PayPal não aprovou o pagamento de {{ amount }} referente a {{ product }}.',
    AUTH: 'O PayPal pede que você confirme o pagamento de {{ amount }} referente a {{ product }}.',
  },
  nextTry: 'Vamos tentar de novo em {{ next_try }}.',
  noNextTry: {
    FUNDS: CHOOSE,
    ISSUER: CHOOSE,
    TECH: 'Estamos cuidando disso. Por enquanto você não precisa fazer nada.',
    CARD: 'Assim que isso for feito, faremos o pagamento uma única vez e seu pedido seguirá.',
    AUTH: 'Assim que você confirmar, seu pedido seguirá.',
    STOP: 'Assim que você escolher, faremos o pagamento uma única vez e seu pedido seguirá.',
    UNKNOWN: CHOOSE,
  },
  mayChange:
    'Se preferir pagar de outra forma, você pode trocar a forma de pagamento quando quiser.',
  pleaseUpdate: {
    card: 'Por favor, atualize seu cartão.',
    shop_pay: 'Por favor, atualize sua forma de pagamento no Shop Pay.',
    paypal:
      'Por favor, aprove novamente o pagamento no PayPal: você receberá um link seguro para isso.',
    bank_account: 'Por favor, verifique sua conta bancária ou escolha outra forma de pagamento.',
    other: 'Por favor, escolha outra forma de pagamento.',
  },
  pleaseConfirm: 'A confirmação leva um minuto, e só você pode fazê-la.',
  pleaseReplace: 'Por favor, use outra forma de pagamento nesta assinatura.',
  button: {
    update: 'Atualizar forma de pagamento',
    update_card: 'Atualizar cartão',
    update_shop_pay: 'Atualizar no Shop Pay',
    update_paypal: 'Aprovar no PayPal',
    replace: 'Usar outra forma de pagamento',
    confirm: 'Confirmar o pagamento',
    options: 'Ver as opções',
    details: 'Ver os detalhes',
    resume: 'Ver como retomar',
  },
  willEnd: {
    pause:
      'Se nada mudar, vamos pausar {{ subscription }} em {{ deadline }}. Depois, você pode retomar por 90 dias.',
    skip: 'Se nada mudar, vamos pular este pedido em {{ deadline }}. Sua assinatura continua com o próximo.',
    leave:
      'Você pode resolver isso até {{ deadline }}. Depois, {{ shop_name }} vai entrar em contato sobre este pedido.',
    unpaid_order:
      'Se nada mudar, {{ shop_name }} vai manter este pedido aberto para você a partir de {{ deadline }}, e você pode pagar quando for melhor.',
    cancel:
      'Se nada mudar, {{ subscription }} termina em {{ deadline }}. Você pode começar outra quando quiser.',
  },
  firstSubject: {
    FUNDS: NOT_YET,
    ISSUER: 'O pagamento não foi aprovado: {{ product }}',
    TECH: NOT_YET,
    CARD: 'Por favor, atualize sua forma de pagamento: {{ product }}',
    AUTH: 'Por favor, confirme o pagamento: {{ product }}',
    STOP: 'Por favor, use outra forma de pagamento: {{ product }}',
    UNKNOWN: NOT_YET,
  },
  lastSubject: {
    pause: 'Vamos pausar {{ subscription }} em {{ deadline }}',
    skip: 'Vamos pular um pedido em {{ deadline }}: {{ product }}',
    leave: 'Um último lembrete sobre o pagamento: {{ product }}',
    unpaid_order: 'Seu pedido fica aberto a partir de {{ deadline }}: {{ product }}',
    cancel: 'Sua assinatura termina em {{ deadline }}',
  },
  first: {
    body: `{{ happened }} Até agora nada mudou na sua assinatura.

{{ do_and_next }}`,
  },
  reminder: {
    subject: 'Um breve lembrete: o pagamento segue pendente ({{ product }})',
    body: `Este é um breve lembrete. {{ happened }}

{{ do_and_next }}

Você tem até {{ deadline }}.`,
  },
  options: {
    subject: 'Algumas formas de continuar: {{ product }}',
    body: `{{ happened }}

Você pode continuar da forma que preferir:

{% if next_try %}- Esperar: vamos tentar de novo em {{ next_try }}, e você não precisa fazer nada.
{% endif %}- Pagar de outra forma: escolha outra forma de pagamento na página abaixo.
- Pular este pedido{% if next_try %} ou escolher outro dia{% endif %}: na mesma página.
- Outra coisa: basta responder a este e-mail.

{{ will_end }}`,
  },
  plan: {
    subject: 'O que acontece agora: {{ product }}',
    body: `{{ happened }} Isto é o que acontece agora:

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
    subject: 'Como atualizar a forma de pagamento: {{ product }}',
    body: `Você pediu uma forma de atualizar o pagamento referente a {{ product }}. A página abaixo mostra como.

Se você não pediu isso, pode deixar este e-mail de lado: nada muda.`,
  },
  address: {
    subject: 'Você pode conferir seu endereço de entrega? {{ product }}',
    body: `Gostaríamos de enviar seu pedido ({{ product }}), mas parece faltar algo no seu endereço de entrega.

Por favor, responda a este e-mail com seu endereço completo, e {{ shop_name }} fará a correção. Seu pedido segue assim que o endereço estiver completo.`,
  },
  recovered: {
    subject: 'Deu certo: {{ product }}',
    body: `Obrigado: {% if total %}o pagamento de {{ total }} foi concluído{% else %}o pagamento foi concluído{% endif %}, e seu pedido está a caminho.

Você não precisa fazer mais nada. Sua assinatura continua como antes.{% if charge_day %} Seu próximo pedido está previsto para {{ charge_day }}.{% endif %}`,
  },
  recoveredOfShop: {
    subject: 'Boa notícia: seu pedido está a caminho',
    body: `Seu pedido está a caminho ({{ product }}). Obrigado pela paciência.

Você não precisa fazer nada. Sua assinatura continua como antes.`,
  },
  ended: {
    pause: {
      subject: 'Sua assinatura está pausada',
      body: `Pausamos {{ subscription }} porque o pagamento de {{ amount }} não foi concluído. Nada será cobrado enquanto ela estiver pausada.

Você pode retomar por 90 dias, com um clique na página abaixo. Se quiser ajuda, basta responder a este e-mail.`,
    },
    skip: {
      subject: 'Pulamos este pedido: {{ product }}',
      body: `O pagamento de {{ amount }} não foi concluído, então pulamos este pedido ({{ product }}). Ele não será cobrado.

Sua assinatura fica como está e continua com o próximo pedido. Para que tudo dê certo, você pode atualizar sua forma de pagamento quando quiser.`,
    },
    leave: {
      subject: 'Seu pedido continua aberto: {{ product }}',
      body: `O pagamento de {{ amount }} referente a {{ product }} não foi concluído, e não vamos tentar de novo por conta própria. Sua assinatura continua ativa.

Por favor, responda a este e-mail, e {{ shop_name }} encontrará uma solução com você.`,
    },
    unpaid_order: {
      subject: 'Seu pedido fica aberto para você: {{ product }}',
      body: `O pagamento de {{ amount }} referente a {{ product }} não foi concluído. {{ shop_name }} mantém o pedido aberto para você, e nada mais será cobrado automaticamente.

Você pode pagar quando for melhor. Responda a este e-mail se quiser ajuda.`,
    },
    cancel: {
      subject: 'Sua assinatura terminou',
      body: `O pagamento de {{ amount }} não foi concluído, e {{ subscription }} terminou. Nada mais será cobrado.

As portas estão sempre abertas: você pode começar uma nova assinatura quando quiser.`,
    },
  },
  endedOfShop: {
    subject: 'Sobre o seu pedido: {{ product }}',
    body: `Desta vez não conseguimos enviar seu pedido ({{ product }}), e sentimos muito por isso. Sua assinatura fica como está.

Responda a este e-mail se tiver alguma dúvida.`,
  },
  cardExpires: {
    subject: 'Sua forma de pagamento talvez não seja válida para o próximo pedido',
    body: `Seu próximo pedido está previsto para {{ charge_day }} ({{ product }}). Sua forma de pagamento ({{ method }}) é válida até {{ method_expires }}, antes dessa data.

Por favor, atualize antes de {{ charge_day }}, quando for melhor para você. Nesse dia, o pagamento será feito com a forma de pagamento que estiver salva, e seu pedido segue normalmente.

Se o seu banco já enviou um cartão novo, talvez você não precise fazer nada.`,
  },
  renewal: {
    subject: 'Seu próximo pedido está previsto para {{ charge_day }}: {{ product }}',
    body: `Seu próximo pedido está previsto para {{ charge_day }} ({{ product }}). Nesse dia, {{ amount }} (sem impostos) serão pagos com {{ method }}.

Você não precisa fazer nada. Se quiser mudar, pular ou cancelar antes, a página abaixo mostra como.`,
  },
  sms: {
    first: {
      FUNDS: '{{ shop_name }}: o pagamento ainda não foi concluído ({{ product }}). {{ link }}',
      ISSUER: '{{ shop_name }}: seu banco não aprovou o pagamento ({{ product }}). {{ link }}',
      TECH: '{{ shop_name }}: o pagamento ainda não foi concluído ({{ product }}). {{ link }}',
      CARD: '{{ shop_name }}: por favor, atualize sua forma de pagamento ({{ product }}). {{ link }}',
      AUTH: '{{ shop_name }}: por favor, confirme o pagamento ({{ product }}). {{ link }}',
      STOP: '{{ shop_name }}: por favor, use outra forma de pagamento ({{ product }}). {{ link }}',
      UNKNOWN: '{{ shop_name }}: o pagamento ainda não foi concluído ({{ product }}). {{ link }}',
    },
    reminder: '{{ shop_name }}: o pagamento segue pendente ({{ product }}). {{ link }}',
    plan: '{{ shop_name }}: o que acontece agora e o que você pode fazer: {{ link }}',
    last: {
      pause:
        '{{ shop_name }}: vamos pausar sua assinatura em {{ deadline }}. Você pode retomar por 90 dias. {{ link }}',
      skip: '{{ shop_name }}: vamos pular este pedido em {{ deadline }}. {{ link }}',
      leave: '{{ shop_name }}: último lembrete sobre o pagamento ({{ product }}). {{ link }}',
      unpaid_order:
        '{{ shop_name }}: seu pedido fica aberto a partir de {{ deadline }}. {{ link }}',
      cancel: '{{ shop_name }}: sua assinatura termina em {{ deadline }}. {{ link }}',
    },
    stopHint: 'Responda STOP para não receber mais SMS.',
    stopped:
      '{{ shop_name }}: você não receberá mais SMS nossos. Responda START para voltar a receber.',
    started:
      '{{ shop_name }}: você voltará a receber SMS sobre sua assinatura. Responda STOP para parar.',
    help: '{{ shop_name }}: SMS sobre sua assinatura. Ajuda: {{ reply_to }}. Responda STOP para parar.',
  },
  feedback: {
    question: 'Como foi resolver isso?',
    answers: {
      easy: 'Foi fácil',
      unclear: 'Não estava claro o que fazer',
      too_many: 'Foram mensagens demais',
      other: 'Outra coisa',
    },
  },
  foot: {
    hello: 'Olá, {{ first_name }},',
    helloNobody: 'Olá,',
    copyLink: 'Ou abra este endereço:',
    inAccount: 'Ou na sua conta em {{ shop_name }}',
    stop: 'Já cancelou, ou não é você?',
    stopLink: 'Avise-nos aqui',
    reply: 'Uma pessoa de {{ shop_name }} lê sua resposta',
    why: 'Você recebe esta mensagem por causa da sua assinatura com {{ shop_name }}.',
    order: 'Pedido',
    amount: 'Valor',
    method: 'Forma de pagamento',
    nextTry: 'Próxima tentativa',
    deadline: 'Até',
    also: 'Também aguardando pagamento',
    unsubscribe: 'Não receber mais ofertas',
  },
}
