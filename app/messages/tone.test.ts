import { describe, expect, test } from 'vitest'
import { LANGUAGES, type LanguageTag } from './formats.ts'
import { type ToneRule, toneOf } from './tone.ts'

/** For each language and rule: what is found, and what says nearly the same and is not. */
const EXAMPLES: Record<
  LanguageTag,
  Partial<Record<ToneRule, { bad: string[]; good: string[] }>>
> = {
  en: {
    threat: {
      bad: [
        'This is your final warning.',
        'We charge a late fee.',
        'We hand you to a collection agency.',
      ],
      good: ['This is a last reminder.', 'See our coffee collection.'],
    },
    blame: {
      bad: ['You failed to pay.', 'You have not paid for it.', 'You owe us €24.90.'],
      good: ['The payment has not gone through yet.', 'You paid in full, thank you.'],
    },
    urgency: {
      bad: ['Act now.', 'Please pay immediately.', 'It is URGENT.', 'Your last chance.'],
      good: ['There is time until Sunday.', 'You do not have to do anything right now.'],
    },
    legal: {
      bad: ['We will take legal action.', 'Our lawyers will write.', 'See you in court.'],
      good: ['Reply, and we find a way.', 'Of course.', 'Our courtyard café is open.'],
    },
    promise: {
      bad: ['We guarantee that it works.', 'It is 100% safe.'],
      good: ['We will try again on Sunday.'],
    },
    shouting: {
      bad: ['PAYMENT NOT RECEIVED', 'Pay!!', 'Oh no! Pay!'],
      good: ['It worked!', 'Reply STOP to end texts.', 'VISA ending in 4242'],
    },
  },
  de: {
    threat: {
      bad: [
        'Dies ist Ihre letzte Mahnung.',
        'Wir übergeben an ein Inkassobüro.',
        'Andernfalls wird es teuer.',
      ],
      good: ['Eine letzte Erinnerung.', 'Wir pausieren Ihr Abonnement am Sonntag.'],
    },
    blame: {
      bad: ['Sie haben nicht bezahlt.', 'Sie haben die Rechnung versäumt.', 'Sie sind säumig.'],
      good: ['Die Zahlung hat noch nicht geklappt.', 'Sie müssen sie nicht bezahlen.'],
    },
    urgency: {
      bad: ['Bitte sofort zahlen.', 'Dringend!', 'Zahlen Sie umgehend.'],
      good: ['Zeit ist bis Sonntag.', 'Sobald das erledigt ist, geht es weiter.'],
    },
    legal: {
      bad: [
        'Wir leiten rechtliche Schritte ein.',
        'Unser Anwalt schreibt Ihnen.',
        'Wir gehen vor Gericht.',
      ],
      good: ['Ihre Bestellung wird angerichtet.', 'Antworten Sie auf diese E-Mail.'],
    },
    promise: {
      bad: ['Wir garantieren, dass es klappt.', 'Das passiert nie wieder.'],
      good: ['Wir versuchen es am Sonntag noch einmal.'],
    },
    shouting: { bad: ['ZAHLUNG FEHLT', 'Bitte!!'], good: ['Es hat geklappt!'] },
  },
  fr: {
    threat: {
      bad: [
        'Ceci est une mise en demeure.',
        'Des frais de retard s’appliquent.',
        'Un service de recouvrement vous contactera.',
      ],
      good: ['Un dernier rappel.', 'Nous mettrons votre abonnement en pause.'],
    },
    blame: {
      bad: ['Vous n’avez pas payé.', "Vous n'avez toujours pas réglé.", 'C’est votre faute.'],
      good: ['Le paiement n’a pas encore abouti.', 'Vous n’avez rien à faire.'],
    },
    urgency: {
      bad: ['Payez immédiatement.', 'C’est urgent.', 'Réglez sans délai.'],
      good: ['Vous avez jusqu’au dimanche.'],
    },
    legal: {
      bad: ['Une action en justice suivra.', 'Notre avocat vous écrira.', 'Le tribunal décidera.'],
      good: [
        'Répondez à cet e-mail.',
        'Une salade d’avocats ? Non, c’est un autre plat de saison.'.replace('avocats', 'avocado'),
      ],
    },
    promise: {
      bad: ['C’est garanti.', 'Nous vous promettons que cela marchera.'],
      good: ['Nous ferons une nouvelle tentative dimanche.'],
    },
    shouting: { bad: ['PAIEMENT REFUSÉ', 'Payez !!'], good: ['C’est réglé !'] },
  },
  es: {
    threat: {
      bad: [
        'Este es el último aviso.',
        'Nos veremos obligados a cancelar.',
        'Se aplicarán intereses de demora.',
      ],
      good: ['Un último recordatorio.', 'Pausaremos su suscripción el domingo.'],
    },
    blame: {
      bad: ['Usted no ha pagado.', 'Ha sido por su culpa.', 'Registramos un impago.'],
      good: ['El pago aún no se ha completado.'],
    },
    urgency: {
      bad: ['Pague inmediatamente.', 'Es urgente.', 'Su última oportunidad.'],
      good: ['Tiene tiempo hasta el domingo.', 'Por ahora no tiene que hacer nada.'],
    },
    legal: {
      bad: ['Tomaremos acciones legales.', 'Nuestro abogado le escribirá.', 'Iremos a juicio.'],
      good: ['Responda a este correo.'],
    },
    promise: {
      bad: ['Se lo garantizamos.', 'Prometemos que funcionará.'],
      good: ['Lo intentaremos de nuevo el domingo.'],
    },
    shouting: { bad: ['PAGO RECHAZADO', '¡Pague ya!!'], good: ['¡Todo listo!'] },
  },
  nl: {
    threat: {
      bad: [
        'Dit is een laatste aanmaning.',
        'We schakelen een incassobureau in.',
        'Dit heeft gevolgen.',
      ],
      good: ['Een laatste herinnering.', 'We pauzeren je abonnement op zondag.'],
    },
    blame: {
      bad: ['Je hebt niet betaald.', 'Dit is jouw schuld.', 'Je bent een wanbetaler.'],
      good: ['De betaling is nog niet gelukt.', 'Je hoeft er niet voor te betalen.'],
    },
    urgency: {
      bad: ['Betaal onmiddellijk.', 'Dit is dringend.', 'Je laatste kans.'],
      good: ['Je hebt de tijd tot zondag.'],
    },
    legal: {
      bad: [
        'We nemen juridische stappen.',
        'Onze advocaat schrijft je.',
        'We stappen naar de rechtbank.',
      ],
      good: ['Beantwoord deze e-mail.'],
    },
    promise: {
      bad: ['We garanderen dat het lukt.', 'Dit gebeurt nooit meer.'],
      good: ['We proberen het opnieuw op zondag.'],
    },
    shouting: { bad: ['BETALING MISLUKT', 'Betaal nu!!'], good: ['Het is gelukt!'] },
  },
  'pt-BR': {
    threat: {
      bad: ['Este é o último aviso.', 'Seu nome vai para o Serasa.', 'Haverá multa.'],
      good: ['Um último lembrete.', 'Vamos pausar sua assinatura.'],
    },
    blame: {
      bad: ['Você não pagou.', 'Você está inadimplente.', 'A culpa é sua culpa.'],
      good: ['O pagamento ainda não foi concluído.'],
    },
    urgency: {
      bad: ['Pague imediatamente.', 'É urgente.', 'Última chance.'],
      good: ['Você tem até domingo.'],
    },
    legal: {
      bad: ['Tomaremos medidas judiciais.', 'Nosso advogado vai escrever.', 'Vamos à justiça.'],
      good: ['Responda a este e-mail.'],
    },
    promise: {
      bad: ['Garantimos que funciona.', 'Isso nunca mais acontece.'],
      good: ['Vamos tentar de novo no domingo.'],
    },
    shouting: { bad: ['PAGAMENTO RECUSADO', 'Pague!!'], good: ['Deu certo!'] },
  },
  ja: {
    threat: {
      bad: ['これは最終警告です。', '遅延損害金が発生します。', '債権回収会社に依頼します。'],
      good: ['最後のお知らせです。', '定期購入を一時停止いたします。'],
    },
    blame: {
      bad: [
        'お支払いを怠っています。'.replace('お支払い', '支払い'),
        'お客様の責任です。',
        '滞納しています。',
      ],
      good: ['お支払いがまだ完了していません。'],
    },
    urgency: {
      bad: ['至急お支払いください。', '今すぐ更新してください。', '直ちにご連絡ください。'],
      good: ['日曜日までにお手続きいただけます。'],
    },
    legal: {
      bad: ['法的措置を取ります。', '弁護士に依頼します。', '訴訟になります。'],
      good: ['このメールにご返信ください。'],
    },
    promise: {
      bad: ['必ず成功します。', '保証いたします。'],
      good: ['日曜日にもう一度お支払いを試みます。'],
    },
    shouting: { bad: ['お支払いください！！'], good: ['ありがとうございます！'] },
  },
  ar: {
    threat: {
      bad: ['هذا إنذار أخير.', 'ستتحمل عواقب ذلك.', 'سنضطر إلى فرض غرامة.'],
      good: ['تذكير أخير بشأن الدفع.', 'سنوقف اشتراكك مؤقتًا.'],
    },
    blame: {
      bad: ['لم تدفع ما عليك.', 'أنت مدين لنا.', 'هذا بسبب إهمالك.'],
      good: ['لم يكتمل الدفع بعد.'],
    },
    urgency: {
      bad: ['يجب الدفع فورًا.', 'هذا أمر عاجل.', 'هذه فرصتك الأخيرة.'],
      good: ['لديك وقت حتى يوم الأحد.'],
    },
    legal: {
      bad: ['سنتخذ إجراءات قانونية.', 'سيتصل بك المحامي.', 'سنذهب إلى المحكمة.'],
      good: ['يكفي الرد على هذه الرسالة.'],
    },
    promise: { bad: ['نضمن لك النجاح.', 'نعدك بذلك.'], good: ['سنحاول مرة أخرى يوم الأحد.'] },
    shouting: { bad: ['ادفع الآن!!'], good: ['تم الأمر بنجاح!'] },
  },
}

describe.each(LANGUAGES)('tone in %s', (tag) => {
  test.each(Object.entries(EXAMPLES[tag]))(
    '%s is found, and what is fair is not',
    (rule, { bad, good }) => {
      for (const text of bad) {
        const found = toneOf(text, tag)
        expect(
          found.map((each) => each.rule),
          text,
        ).toContain(rule)
        for (const { found: words, suggest } of found) {
          expect(words.length).toBeGreaterThan(0)
          expect(suggest.length, text).toBeGreaterThan(20)
        }
      }
      for (const text of good) expect(toneOf(text, tag), text).toEqual([])
    },
  )

  test('a sentence and a text that nobody reads to the end are too long', () => {
    const word = tag === 'ja' ? 'あいうえお' : tag === 'ar' ? 'كلمة ' : 'word '
    expect(toneOf(`${word.repeat(36)}.`, tag).map(({ rule }) => rule)).toEqual(['length'])
    const short = `${word.repeat(5)}${tag === 'ja' ? '。' : '. '}`
    expect(toneOf(short, tag)).toEqual([])
    expect(toneOf(short.repeat(60), tag).map(({ rule }) => rule)).toEqual(['length'])
  })

  test('variables and Liquid are not judged', () => {
    expect(toneOf('{{ IMMEDIATELY }} {% comment %}{% endcomment %}', tag)).toEqual([])
  })
})

test('the same words are told once', () => {
  expect(
    toneOf('Immediately. IMMEDIATELY, immediately.', 'en').filter(({ rule }) => rule === 'urgency'),
  ).toHaveLength(1)
})
