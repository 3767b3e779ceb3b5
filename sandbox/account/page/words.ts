/** What the account page says itself, in the languages that the extensions speak. Shopify's real words differ. */

export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  nl: 'Nederlands',
  'pt-BR': 'Português',
  ja: '日本語',
  ar: 'العربية',
} as const
export type Language = keyof typeof LANGUAGES

const ORDER: Language[] = ['en', 'de', 'fr', 'es', 'nl', 'pt-BR', 'ja', 'ar']
const table = {
  orders: [
    'Orders',
    'Bestellungen',
    'Commandes',
    'Pedidos',
    'Bestellingen',
    'Pedidos',
    '注文',
    'الطلبات',
  ],
  profile: [
    'Profile',
    'Profil',
    'Profil',
    'Perfil',
    'Profiel',
    'Perfil',
    'プロフィール',
    'الملف الشخصي',
  ],
  order: ['Order', 'Bestellung', 'Commande', 'Pedido', 'Bestelling', 'Pedido', '注文', 'الطلب'],
  paid: ['Paid', 'Bezahlt', 'Payée', 'Pagado', 'Betaald', 'Pago', '支払い済み', 'مدفوع'],
  pending: [
    'Not paid',
    'Nicht bezahlt',
    'Non payée',
    'Sin pagar',
    'Niet betaald',
    'Não pago',
    '未払い',
    'غير مدفوع',
  ],
  view: ['View', 'Ansehen', 'Voir', 'Ver', 'Bekijken', 'Ver', '表示', 'عرض'],
  language: ['Language', 'Sprache', 'Langue', 'Idioma', 'Taal', 'Idioma', '言語', 'اللغة'],
  email: [
    'E-mail',
    'E-Mail',
    'E-mail',
    'Correo electrónico',
    'E-mail',
    'E-mail',
    'メール',
    'البريد الإلكتروني',
  ],
  name: ['Name', 'Name', 'Nom', 'Nombre', 'Naam', 'Nome', '名前', 'الاسم'],
  methods: [
    'Saved payment methods',
    'Gespeicherte Zahlungsarten',
    'Moyens de paiement enregistrés',
    'Métodos de pago guardados',
    'Opgeslagen betaalmethoden',
    'Formas de pagamento salvas',
    '保存済みの支払い方法',
    'طرق الدفع المحفوظة',
  ],
  subscription: [
    'Subscription',
    'Abo',
    'Abonnement',
    'Suscripción',
    'Abonnement',
    'Assinatura',
    '定期購入',
    'الاشتراك',
  ],
  close: ['Close', 'Schließen', 'Fermer', 'Cerrar', 'Sluiten', 'Fechar', '閉じる', 'إغلاق'],
  dismiss: [
    'Dismiss',
    'Ausblenden',
    'Ignorer',
    'Descartar',
    'Verbergen',
    'Dispensar',
    '閉じる',
    'تجاهل',
  ],
  loading: [
    'Loading',
    'Wird geladen',
    'Chargement',
    'Cargando',
    'Laden',
    'Carregando',
    '読み込み中',
    'جارٍ التحميل',
  ],
  replace: [
    'Replace payment method',
    'Zahlungsart ersetzen',
    'Remplacer le moyen de paiement',
    'Cambiar el método de pago',
    'Betaalmethode vervangen',
    'Substituir a forma de pagamento',
    '支払い方法を変更',
    'استبدال طريقة الدفع',
  ],
} satisfies Record<string, string[]>

let spoken: Language = 'en'

/** Sets the language of everything that is drawn from now on. */
export function speak(language: Language): void {
  spoken = language
  Object.assign(document.documentElement, ownLanguage())
}

/** For a part in the shopper's language within one that is English. */
export const ownLanguage = () => ({ lang: spoken, dir: spoken === 'ar' ? 'rtl' : 'ltr' })

export const own = (word: keyof typeof table): string =>
  table[word][ORDER.indexOf(spoken)] ?? table[word][0] ?? word

/** The language of ours that fits a locale like `de-AT`. */
export function languageFor(locale: string): Language {
  const fits = (one: string) => one === locale || one.split('-')[0] === locale.split('-')[0]
  return ORDER.find(fits) ?? 'en'
}
