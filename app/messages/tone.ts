/**
 * How a text sounds, before a shopper reads it: threats, blame, invented urgency, shouting, legal words, promises that
 * nobody can keep, and sentences that nobody reads. Pure. A warning, never a lock: the merchant knows their customers.
 * Each language has rules of its own; none is found by translating another's.
 */
import type { LanguageTag } from './formats.ts'

export type ToneRule = 'threat' | 'blame' | 'urgency' | 'shouting' | 'legal' | 'promise' | 'length'

export type ToneFinding = {
  rule: ToneRule
  /** The words themselves, as they were written. */
  found: string
  suggest: string
}

/** Words of one sentence that most people read at once; letters, in Japanese. */
const MAX_WORDS = 35
const MAX_LETTERS_JA = 110

/** Words of a whole notice; letters, in Japanese. Ours have under 120. */
const MAX_TEXT_WORDS = 250
const MAX_TEXT_LETTERS_JA = 900

/** What is noticed in a text, in the order of the rules. `text` is Liquid; its variables are not judged. */
export function toneOf(text: string, tag: LanguageTag): ToneFinding[] {
  const words = withoutLiquid(text)
  const { wordRules, says } = LANGUAGE_RULES[tag]
  return [
    ...wordRules.flatMap(({ rule, pattern }) =>
      unique(words.match(pattern) ?? []).map((found) => ({
        rule,
        found,
        suggest: `${ADVICE[rule]} ${says[rule]}`,
      })),
    ),
    ...shouting(words),
    ...tooLong(words, tag),
  ]
}

/** What to do instead, in English; an example in the language of the text follows. */
const ADVICE: Record<'threat' | 'blame' | 'urgency' | 'legal' | 'promise', string> = {
  threat: 'Say what will happen and on which day, without a threat. For example:',
  blame: 'Say what happened to the payment, not what the person did. For example:',
  urgency: 'Name the day instead. For example:',
  legal: 'Leave the law out of a notice about a payment. For example:',
  promise: 'Say only what is certain. For example:',
}

type WordRule = keyof typeof ADVICE
type LanguageRules = {
  wordRules: { rule: WordRule; pattern: RegExp }[]
  says: Record<WordRule, string>
}

/** One rule: any of these words or beginnings of words, in any case. */
function rule(name: WordRule, ...expressions: string[]) {
  const any = expressions.join('|')
  return { rule: name, pattern: new RegExp(`(?<![\\p{L}\\p{M}])(?:${any})`, 'giu') }
}

/** The same where words are not parted by spaces. */
function anywhere(name: WordRule, ...expressions: string[]) {
  return { rule: name, pattern: new RegExp(expressions.join('|'), 'giu') }
}

const END = '(?![\\p{L}\\p{M}])'

const LANGUAGE_RULES: Record<LanguageTag, LanguageRules> = {
  en: {
    wordRules: [
      rule(
        'threat',
        'or else',
        'consequences',
        `we will be forced${END}`,
        `you will lose (?:your|all|access)`,
        'final (?:warning|demand|notice)',
        'collections? (?:agency|agencies)',
        'debt collect\\p{L}*',
        `late fees?${END}`,
        'penalt(?:y|ies)',
        'credit (?:score|rating)',
        'blacklist\\p{L}*',
      ),
      rule(
        'blame',
        `you (?:have )?failed to`,
        `you (?:did not|didn[’\\x27]t|have not|haven[’\\x27]t) pa(?:y|id)${END}`,
        'your (?:fault|failure|negligence)',
        `you (?:owe|neglected|ignored)${END}`,
        'delinquen\\p{L}*',
        'you (?:still )?have(?: not|n[’\\x27]t) (?:bothered|responded)',
      ),
      rule(
        'urgency',
        'urgent\\p{L}*',
        'immediate(?:ly)?',
        `act now${END}`,
        `(?<!anything )right (?:now|away)${END}`,
        'last chance',
        'final chance',
        `asap${END}`,
        'before it[’\\x27]s too late',
        `hurry${END}`,
        'expires? (?:today|tonight)',
        'time is running out',
      ),
      rule(
        'legal',
        `legal (?:action|steps|proceedings)`,
        `lawyers?${END}`,
        'attorney\\p{L}*',
        `courts?${END}`,
        `sue${END}`,
        'lawsuit\\p{L}*',
        'prosecut\\p{L}*',
        'breach of contract',
        'bailiff\\p{L}*',
        'liable',
        'enforcement',
      ),
      rule(
        'promise',
        'guarantee\\p{L}*',
        `(?:definitely|certainly) (?:work|succeed)`,
        'we promise',
        '100 ?%',
        `never happen again`,
        'risk[- ]free',
      ),
    ],
    says: {
      threat:
        '“On {{ deadline }} we will pause your subscription. You can resume it for 90 days after that.”',
      blame: '“The payment for {{ product }} has not gone through yet.”',
      urgency: '“There is time until {{ deadline }}.”',
      legal: '“Reply to this e-mail, and we will find a way.”',
      promise: '“We will try again on {{ next_try }}.”',
    },
  },
  de: {
    wordRules: [
      rule(
        'threat',
        'konsequenz\\p{L}*',
        'sehen wir uns gezwungen',
        `letzte (?:warnung|mahnung)`,
        'mahnung\\p{L}*',
        'mahngebühr\\p{L}*',
        'mahnverfahren',
        'inkasso\\p{L}*',
        'schufa\\p{L}*',
        'säumniszuschl\\p{L}*',
        'verzugszins\\p{L}*',
        `andernfalls${END}`,
        'verlieren sie',
      ),
      rule(
        'blame',
        'sie haben (?:\\p{L}+ ){0,4}(?:nicht (?:bezahlt|gezahlt)|versäumt|vergessen)',
        `ihr (?:versäumnis|verschulden)`,
        `ihre schuld${END}`,
        'sie schulden',
        'zahlungsverzug',
        'säumig\\p{L}*',
      ),
      rule(
        'urgency',
        `sofort${END}`,
        'umgehend\\p{L}*',
        'unverzüglich\\p{L}*',
        'dringend\\p{L}*',
        'letzte chance',
        'letztmalig',
        'nur noch heute',
        'bevor es zu spät ist',
        'beeilen sie sich',
        'schnellstmöglich',
      ),
      rule(
        'legal',
        'rechtliche(?:n|r)? schritte?',
        'rechtsanw\\p{L}*',
        `anw[aä]lt\\p{L}*`,
        'gericht\\p{L}*',
        `klage${END}`,
        'anzeige erstatten',
        'vertragsbruch',
        'vollstreck\\p{L}*',
        'strafrechtlich\\p{L}*',
      ),
      rule(
        'promise',
        'garantier\\p{L}*',
        `(?:ganz )?bestimmt klapp\\p{L}*`,
        'versprechen wir',
        'wir versprechen',
        '100 ?%',
        'nie wieder',
        'risikofrei',
      ),
    ],
    says: {
      threat:
        '„Am {{ deadline }} pausieren wir Ihr Abonnement. Danach können Sie es 90 Tage lang fortsetzen.“',
      blame: '„Die Zahlung für {{ product }} hat noch nicht geklappt.“',
      urgency: '„Zeit ist bis {{ deadline }}.“',
      legal: '„Antworten Sie auf diese E-Mail, und wir finden einen Weg.“',
      promise: '„Wir versuchen es am {{ next_try }} noch einmal.“',
    },
  },
  fr: {
    wordRules: [
      rule(
        'threat',
        `conséquences?${END}`,
        'nous serons contraints',
        'mise en demeure',
        'dernier avertissement',
        'recouvrement',
        'pénalités?',
        'frais de retard',
        `sous peine de`,
        'vous perdrez',
        'fichage',
      ),
      rule(
        'blame',
        'vous n[’\\x27](?:avez|aviez) (?:toujours )?pas (?:payé|réglé|répondu)',
        'votre (?:faute|négligence|manquement)',
        'par votre faute',
        'vous (?:nous )?devez (?:la somme|encore|toujours)',
        'mauvais payeur',
        `vous avez (?:oublié|omis|négligé)`,
      ),
      rule(
        'urgency',
        `urgen(?:t|te|ce|ts|tes|ces)${END}`,
        'immédiat\\p{L}*',
        `sans (?:plus )?(?:délai|tarder|attendre)`,
        'dernière chance',
        'au plus vite',
        'dès maintenant',
        'avant qu[’\\x27]il ne soit trop tard',
        'dépêchez-vous',
        `agissez${END}`,
      ),
      rule(
        'legal',
        `(?:actions?|poursuites?|voies?) (?:en justice|judiciaires?|légales?)`,
        'judiciaire\\p{L}*',
        `avocats?${END}`,
        'tribuna(?:l|ux)',
        'huissier\\p{L}*',
        'procès',
        'contentieux',
        'rupture de contrat',
      ),
      rule(
        'promise',
        'garanti\\p{L}*',
        'nous (?:vous )?promettons',
        '100 ?%',
        'plus jamais',
        'sans (?:aucun )?risque',
        'à coup sûr',
      ),
    ],
    says: {
      threat:
        '« Le {{ deadline }}, nous mettrons votre abonnement en pause. Vous pourrez le reprendre pendant 90 jours. »',
      blame: '« Le paiement pour {{ product }} n’a pas encore abouti. »',
      urgency: '« Vous avez jusqu’au {{ deadline }}. »',
      legal: '« Répondez à cet e-mail, et nous trouverons une solution. »',
      promise: '« Nous ferons une nouvelle tentative le {{ next_try }}. »',
    },
  },
  es: {
    wordRules: [
      rule(
        'threat',
        `consecuencias?${END}`,
        'nos veremos obligad\\p{L}*',
        `[úu]ltim[oa] (?:aviso|advertencia)`,
        'recargos?',
        'intereses de demora',
        'penalizaci\\p{L}*',
        'agencias? de cobros?',
        'morosos?',
        'de lo contrario',
        'perder[áa] (?:su|el acceso)',
      ),
      rule(
        'blame',
        '(?:usted )?no ha pagado',
        `(?:usted )?no pag[óo]${END}`,
        'por su culpa',
        'su (?:culpa|negligencia|incumplimiento)',
        `(?:usted )?(?:nos )?debe (?:todavía|aún|la cantidad)`,
        `ha (?:olvidado|ignorado|incumplido)${END}`,
        'impagos?',
      ),
      rule(
        'urgency',
        'urgent\\p{L}*',
        'inmediat\\p{L}*',
        'de inmediato',
        'cuanto antes',
        '[úu]ltima oportunidad',
        'ahora mismo',
        'antes de que sea (?:demasiado )?tarde',
        'dese prisa',
        `act[úu]e ya`,
      ),
      rule(
        'legal',
        `(?:acciones|medidas|v[íi]as?) (?:legales|judiciales|legal|judicial)`,
        `abogad[oa]s?${END}`,
        'tribunal\\p{L}*',
        `juicios?${END}`,
        'demanda judicial',
        'juzgados?',
        'incumplimiento de contrato',
        'embargos?',
      ),
      rule(
        'promise',
        'garanti\\p{L}*',
        'le prometemos',
        'prometemos',
        '100 ?%',
        'nunca m[áa]s',
        'sin (?:ning[úu]n )?riesgo',
        'con total seguridad',
      ),
    ],
    says: {
      threat:
        '«El {{ deadline }} pausaremos su suscripción. Después podrá reanudarla durante 90 días.»',
      blame: '«El pago por {{ product }} aún no se ha completado.»',
      urgency: '«Tiene tiempo hasta el {{ deadline }}.»',
      legal: '«Responda a este correo y buscaremos una solución.»',
      promise: '«Lo intentaremos de nuevo el {{ next_try }}.»',
    },
  },
  nl: {
    wordRules: [
      rule(
        'threat',
        'gevolgen',
        'consequenties',
        'genoodzaakt',
        'laatste (?:waarschuwing|aanmaning|sommatie)',
        'aanmaning\\p{L}*',
        'incasso(?:bureau|kosten)\\p{L}*',
        'boetes?',
        `anders (?:verlies|raak|moeten wij)`,
        'je verliest',
        'deurwaarder\\p{L}*',
      ),
      rule(
        'blame',
        `(?:je|jij|u) (?:hebt|heeft) (?:\\p{L}+ ){0,3}(?:niet betaald|verzuimd|vergeten)`,
        '(?:jouw|je|uw) (?:schuld|nalatigheid|fout)(?![\\p{L}\\p{M}])',
        'wanbetal\\p{L}*',
        `(?:je|u) bent ons`,
        'betalingsachterstand',
      ),
      rule(
        'urgency',
        'dringend\\p{L}*',
        'onmiddellijk\\p{L}*',
        `direct (?:betalen|actie)`,
        'per direct',
        'laatste kans',
        'zo snel mogelijk',
        'voordat het te laat is',
        'haast je',
        'nu meteen',
        `spoed${END}`,
      ),
      rule(
        'legal',
        `juridische (?:stappen|acties?)`,
        'gerechtelijk\\p{L}*',
        `advoca(?:at|ten)${END}`,
        'rechtbank\\p{L}*',
        'rechtszaak',
        'contractbreuk',
        'dagvaard\\p{L}*',
      ),
      rule(
        'promise',
        'garand?e(?:ren|er)\\p{L}*',
        'garantie\\p{L}*',
        'gegarandeerd',
        '(?:we|wij) beloven',
        'beloven (?:we|wij)',
        '100 ?%',
        'nooit meer',
        'zonder risico',
      ),
    ],
    says: {
      threat:
        '‘Op {{ deadline }} pauzeren we je abonnement. Daarna kun je het nog 90 dagen hervatten.’',
      blame: '‘De betaling voor {{ product }} is nog niet gelukt.’',
      urgency: '‘Je hebt de tijd tot {{ deadline }}.’',
      legal: '‘Beantwoord deze e-mail, dan zoeken we samen een oplossing.’',
      promise: '‘We proberen het opnieuw op {{ next_try }}.’',
    },
  },
  'pt-BR': {
    wordRules: [
      rule(
        'threat',
        `consequências?${END}`,
        'seremos (?:obrigados|forçados)',
        '[úu]ltimo (?:aviso|alerta)',
        `multas?${END}`,
        'juros',
        'serasa',
        `spc${END}`,
        'negativa(?:do|ção|r)\\p{L}*',
        'caso contrário',
        'você (?:vai perder|perderá)',
        'empresa de cobrança',
      ),
      rule(
        'blame',
        `você (?:ainda )?não pagou`,
        'sua (?:culpa|negligência|falha)',
        'por culpa sua',
        'inadimpl\\p{L}*',
        `você (?:nos )?deve (?:ainda|a quantia)`,
        `você (?:esqueceu|ignorou|deixou) de`,
        'devedor\\p{L}*',
      ),
      rule(
        'urgency',
        'urgent\\p{L}*',
        'urgência',
        'imediat\\p{L}*',
        '[úu]ltima chance',
        'agora mesmo',
        'o quanto antes',
        'antes que seja tarde',
        `corra${END}`,
        `aja (?:já|agora)`,
        'o mais rápido possível',
      ),
      rule(
        'legal',
        `(?:medidas|ações|vias?) (?:legais|judiciais|judicial|legal)`,
        `advogad[oa]s?${END}`,
        'tribuna(?:l|is)',
        `processo judicial`,
        'justiça',
        'quebra de contrato',
        'protest(?:o|ado) em cartório',
      ),
      rule(
        'promise',
        'garanti(?:mos|do|da|r|a)\\p{L}*',
        'prometemos',
        '100 ?%',
        'nunca mais',
        'sem (?:nenhum )?risco',
        'com certeza',
      ),
    ],
    says: {
      threat:
        '“Em {{ deadline }} vamos pausar sua assinatura. Depois, você pode retomar por 90 dias.”',
      blame: '“O pagamento ainda não foi concluído: {{ product }}.”',
      urgency: '“Você tem até {{ deadline }}.”',
      legal: '“Responda a este e-mail, e encontraremos uma solução.”',
      promise: '“Vamos tentar de novo em {{ next_try }}.”',
    },
  },
  ja: {
    wordRules: [
      anywhere(
        'threat',
        '最終(?:警告|通告|督促)',
        '督促',
        '取り立て',
        '債権回収',
        '遅延損害金',
        '延滞(?:料|金|利息)',
        'ブラックリスト',
        '信用情報',
        '措置を(?:取|と)',
        '強制的に',
        '失うことになります',
      ),
      anywhere(
        'blame',
        '(?:あなた|お客様)の(?:責任|過失|せい|不注意)',
        '支払い?を(?:怠|忘れ)',
        '支払ってい(?:ません|ない)',
        '滞納',
        '未払い者',
        'お支払いいただけていない',
      ),
      anywhere(
        'urgency',
        '至急',
        '今すぐ',
        '直ちに',
        'ただちに',
        '大至急',
        '緊急',
        '最後のチャンス',
        '手遅れ',
        '即刻',
        '早急に',
        'お急ぎください',
      ),
      anywhere(
        'legal',
        '法的(?:措置|手段|手続き)',
        '弁護士',
        '裁判',
        '訴訟',
        '契約違反',
        '差し押さえ',
        '法廷',
      ),
      anywhere(
        'promise',
        '保証(?:します|いたします)',
        '必ず(?:成功|完了|解決)',
        '絶対に',
        '100 ?[%％]',
        'お約束(?:します|いたします)',
        '二度と',
      ),
    ],
    says: {
      threat:
        '「{{ deadline }}に定期購入を一時停止いたします。その後90日間は再開していただけます。」',
      blame: '「{{ product }}のお支払いがまだ完了していません。」',
      urgency: '「{{ deadline }}までにお手続きいただけます。」',
      legal: '「このメールにご返信ください。方法をご案内いたします。」',
      promise: '「{{ next_try }}にもう一度お支払いを試みます。」',
    },
  },
  ar: {
    wordRules: [
      rule(
        'threat',
        '(?:و|ب|ال)*عواقب',
        '(?:ال)?إنذار(?:ا|ًا)? (?:ال)?أخير',
        '(?:ال)?تحذير (?:ال)?أخير',
        'سنضطر',
        'غرام(?:ة|ات)',
        'رسوم (?:ال)?تأخير',
        'تحصيل الديون',
        'القائمة السوداء',
        'وإلا ف?',
        'ستخسر',
        'ستفقد',
      ),
      rule(
        'blame',
        'لم تدفع',
        'لم تسدد',
        'بسبب(?:ك| تقصيرك| إهمالك)',
        '(?:تقصيرك|إهمالك|خطؤك|ذنبك)',
        'أنت مدين',
        'مدين لنا',
        'تخلفت عن',
        'المتخلفين عن',
        'تجاهلت',
      ),
      rule(
        'urgency',
        '(?:ال)?عاجل(?:ة|ا|ًا)?(?![\\p{L}\\p{M}])',
        'فورًا',
        'فورا(?![\\p{L}\\p{M}])',
        'على الفور',
        'حالًا(?![\\p{L}\\p{M}])',
        'فرصة أخيرة',
        'الفرصة الأخيرة',
        'فرصتك الأخيرة',
        'قبل فوات الأوان',
        'أسرع (?:الآن|وقت)',
        'بأسرع وقت',
        'سارع',
      ),
      rule(
        'legal',
        '(?:ال)?إجراءات (?:ال)?قانونية',
        '(?:ال)?محام(?:ي|ين|ون|ٍ)',
        '(?:ال)?محكمة',
        '(?:ال)?محاكم',
        'دعوى',
        'مقاضا(?:ة|تك)',
        'ملاحقة قضائية',
        'القضاء',
        'خرق العقد',
        'إخلال بالعقد',
      ),
      rule(
        'promise',
        'نضمن',
        'مضمون(?:ة)?',
        'نعدك',
        '100 ?[%٪]',
        '١٠٠ ?[%٪]',
        'بالتأكيد سينجح',
        'بلا (?:أي )?مخاطر',
        'لن يتكرر (?:ذلك )?أبدًا',
      ),
    ],
    says: {
      threat: '«سنوقف اشتراكك مؤقتًا يوم {{ deadline }}. يمكنك استئنافه بعد ذلك خلال 90 يومًا.»',
      blame: '«لم يكتمل الدفع بعد مقابل {{ product }}.»',
      urgency: '«لديك وقت حتى يوم {{ deadline }}.»',
      legal: '«يكفي الرد على هذه الرسالة، وسنجد معك طريقة مناسبة.»',
      promise: '«سنحاول مرة أخرى يوم {{ next_try }}.»',
    },
  },
}

/** Words that are written in capitals everywhere. */
const CAPITALS = new Set([
  ...['STOP', 'START', 'HELP', 'SMS', 'MMS', 'VISA', 'AMEX', 'IBAN', 'SEPA', 'BIC', 'CVC', 'CVV'],
  ...['PIN', 'USA', 'VAT', 'PDF', 'FAQ', 'HTTP', 'HTTPS', 'IDEAL', 'JCB', 'PIX', 'BOLETO', 'URL'],
])

function shouting(words: string): ToneFinding[] {
  const capitals = (words.match(/\p{Lu}{4,}/gu) ?? []).filter((word) => !CAPITALS.has(word))
  const marks = words.match(/[!！]{2,}|[!！].*[!！]|[?？]{2,}|[?？][!！]/su)?.[0]
  return [
    ...unique(capitals).map((found) => ({
      rule: 'shouting' as const,
      found,
      suggest: 'Write it in small letters: capitals sound like shouting.',
    })),
    ...(marks
      ? [
          {
            rule: 'shouting' as const,
            found: marks.length > 40 ? `${marks.slice(0, 39)}…` : marks,
            suggest:
              'A full stop says the same calmly. One exclamation mark is enough for a notice.',
          },
        ]
      : []),
  ]
}

function tooLong(words: string, tag: LanguageTag): ToneFinding[] {
  const isJapanese = tag === 'ja'
  const measure = (text: string) =>
    isJapanese
      ? Array.from(text.replace(/\s/g, '')).length
      : (text.match(/[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}’'-]*/gu) ?? []).length
  const [most, mostInAll] = isJapanese
    ? [MAX_LETTERS_JA, MAX_TEXT_LETTERS_JA]
    : [MAX_WORDS, MAX_TEXT_WORDS]
  const unit = isJapanese ? 'letters' : 'words'
  const sentences = words
    .split(/(?<=[.!?:؟])\s+|[。！？\n]+/u)
    .filter((sentence) => measure(sentence) > most)
  const all = measure(words)
  return [
    ...sentences.map((sentence) => ({
      rule: 'length' as const,
      found: startOf(sentence),
      suggest: `This sentence has ${measure(sentence)} ${unit}. Make two of it: up to ${most} are read at once.`,
    })),
    ...(all > mostInAll
      ? [
          {
            rule: 'length' as const,
            found: startOf(words),
            suggest: `The text has ${all} ${unit}. Keep what happened, what to do and what comes next; ${mostInAll} are enough.`,
          },
        ]
      : []),
  ]
}

function startOf(text: string): string {
  const letters = Array.from(text.trim())
  return letters.length <= 60 ? text.trim() : `${letters.slice(0, 59).join('').trimEnd()}…`
}

/** Variables and tags leave the text; a variable counts as one small word. */
function withoutLiquid(text: string): string {
  return text.replace(/\{%.*?%\}/gs, '').replace(/\{\{.*?\}\}/gs, 'x')
}

function unique(found: readonly string[]): string[] {
  return [...new Map(found.map((one) => [one.toLowerCase(), one.trim()])).values()]
}
