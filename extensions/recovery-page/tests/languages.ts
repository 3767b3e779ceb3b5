/** Every language that the page speaks. */
import ar from '../locales/ar.json'
import de from '../locales/de.json'
import en from '../locales/en.default.json'
import es from '../locales/es.json'
import fr from '../locales/fr.json'
import ja from '../locales/ja.json'
import nl from '../locales/nl.json'
import ptBR from '../locales/pt-BR.json'

export const LANGUAGES = { ar, de, en, es, fr, ja, nl, 'pt-BR': ptBR }
