import { t } from '../../shared/src/words.ts'

/** Only brand and last four, in words that can be read aloud: "Visa ending in 4242", as in the mails. */
export function spokenMethod(label: string): string {
  const [, brand, digits] = /^(.*?)\s*[·•*.…]{2,}\s*(\d{2,4})$/.exec(label) ?? []
  return brand && digits ? t('story.method_ending', { brand, digits }) : label
}
