/** Runs a story: sets the scene in the demo shop, and moves the clock to its first failure. */
import { openDemoShops, type RunningStory, type Sandbox } from '../sandbox.ts'
import { launchUrl } from '../tokens.ts'
import { iso } from '../world/instants.ts'
import { NotPossible, shopOf } from '../world/world.ts'
import { sceneOf } from './scene.ts'
import { STORIES } from './table.ts'

export const listStories = (): { name: string; title: string; teaser: string }[] =>
  STORIES.map(({ name, title, teaser }) => ({ name, title, teaser }))

/** From a first charge to the app having heard of it: the result after 8 s, the webhook 2 s later. */
const FIRST_NEWS_MS = 15_000
/** A browser's; the app's library answers 410 to what looks like a robot. */
const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

export async function startStory(sandbox: Sandbox, name: string): Promise<object> {
  const story = STORIES.find((each) => each.name === name)
  if (!story)
    throw new NotPossible(
      `There is no story "${name}". There are: ${STORIES.map((each) => each.name).join(', ')}.`,
      404,
    )
  openDemoShops(sandbox)
  const startedAt = iso(sandbox.world.now)
  const scene = sceneOf(sandbox)
  for (const shop of story.shops ?? [scene.home]) await openApp(sandbox, shop)
  const { contract, customer } = story.play(scene)
  const running: RunningStory = {
    name,
    title: story.title,
    shop: contract.shop,
    contractId: contract.id,
    customerId: customer.id,
    startedAt,
  }
  sandbox.story = running
  const { now } = await sandbox.calendar.moveTo(contract.firstChargeAt + FIRST_NEWS_MS)
  return {
    story: name,
    shop: running.shop,
    contractId: running.contractId,
    customerId: running.customerId,
    now,
  }
}

/** Opens the app as a merchant's browser would, so that it gets its token; installs it first where it was removed. */
async function openApp({ world, tokens, settings }: Sandbox, domain: string): Promise<void> {
  const shop = shopOf(world, domain)
  const known = [...tokens.access.values()].some((each) => each.shop === domain)
  if (shop.installed && known) return
  shop.installed = true
  if (!settings.appUrl) return
  const answer = await fetch(launchUrl(settings, domain, '/app'), {
    headers: { 'user-agent': BROWSER, accept: 'text/html' },
    redirect: 'manual',
  })
  await answer.arrayBuffer()
  if (answer.status >= 400)
    throw new NotPossible(
      `The app answered ${answer.status} when ${domain} opened it. Look at the app's log.`,
      502,
    )
}
