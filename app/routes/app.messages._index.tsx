import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { Badge, BlockStack, Box, Button, Card, InlineStack, Link, Text } from '@shopify/polaris'
import { now } from '../clock.server.ts'
import { PageProblem } from '../components/PageProblem.tsx'
import { Screen } from '../components/Screen.tsx'
import { db } from '../db.server.ts'
import { formatMoment } from '../insight/format.ts'
import { actorWord } from '../insight/words.ts'
import {
  addressOf,
  CHANNEL_WORDS,
  CHANNELS,
  LANE_WORDS,
  LANGUAGE_CHOICES,
  STAGE_GROUPS,
  stageWords,
} from '../messages/catalogue.ts'
import { warningsOf } from '../messages/editing.ts'
import { LANGUAGES, wordsLocale } from '../messages/formats.ts'
import { ownTemplates } from '../messages/templates.server.ts'
import { staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Messages · Reprise' }]

export async function loader({ request }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  const own = await ownTemplates(db, shop.shop)
  const { tag } = wordsLocale(shop.locale, shop.zone)
  const isEdited = (stage: string, channel: string) =>
    own.filter(({ key }) => key.stage === stage && key.channel === channel).length
  return {
    languages: LANGUAGES.length,
    yours: own.map(({ key, template, updatedAt, updatedBy }) => ({
      url: addressOf(key),
      title: `${stageWords(key.stage).title}, ${LANGUAGE_CHOICES.find((one) => one.tag === key.tag)?.name}`,
      about: [
        CHANNEL_WORDS[key.channel],
        LANE_WORDS[key.lane],
        `${formatMoment(updatedAt, shop, now())} by ${actorWord(updatedBy)}`,
      ].join(' · '),
      warnings: warningsOf(template, key.tag).length,
    })),
    groups: STAGE_GROUPS.map((group) => ({
      title: group.title,
      stages: group.stages.map(({ stage, title, about }) => ({
        title,
        about,
        channels: CHANNELS.map((channel) => ({
          name: CHANNEL_WORDS[channel],
          url: addressOf({ stage, lane: '*', channel, tag }),
          edited: isEdited(stage, channel),
        })),
      })),
    })),
  }
}

export default function Messages() {
  const { languages, yours, groups } = useLoaderData<typeof loader>()
  return (
    <Screen title="Messages">
      <BlockStack gap="400">
        <Box paddingInline={{ xs: '400', sm: '0' }}>
          <InlineStack gap="400" align="space-between" blockAlign="center">
            <Text as="p" tone="subdued">
              The words that go out in your name, in {languages} languages. What you have not edited
              follows ours.
            </Text>
            <Button url="/app/messages/brand">Logo, colours and policy</Button>
          </InlineStack>
        </Box>
        <Card>
          <BlockStack gap="100">
            <Text as="h2" variant="headingMd">
              Your words
            </Text>
            {yours.length === 0 ? (
              <Text as="p" tone="subdued">
                None so far: every message has our words. Open one below, change it beside its
                preview, and send yourself a test.
              </Text>
            ) : (
              <ul className="plain-list message-rows">
                {yours.map(({ url, title, about, warnings }) => (
                  <li key={url} className="message-row">
                    <BlockStack gap="050">
                      <Link url={url} removeUnderline>
                        {title}
                      </Link>
                      <Text as="p" tone="subdued">
                        {about}
                      </Text>
                    </BlockStack>
                    {warnings > 0 ? (
                      <Badge tone="warning">
                        {warnings === 1
                          ? '1 warning about tone'
                          : `${warnings} warnings about tone`}
                      </Badge>
                    ) : null}
                  </li>
                ))}
              </ul>
            )}
          </BlockStack>
        </Card>
        {groups.map(({ title, stages }) => (
          <Card key={title}>
            <BlockStack gap="100">
              <Text as="h2" variant="headingMd">
                {title}
              </Text>
              <ul className="plain-list message-rows">
                {stages.map((one) => (
                  <li key={one.title} className="message-row">
                    <BlockStack gap="050">
                      <Text as="h3" variant="headingSm">
                        {one.title}
                      </Text>
                      <Text as="p" tone="subdued">
                        {one.about}
                      </Text>
                    </BlockStack>
                    <InlineStack gap="300" blockAlign="center">
                      {one.channels.map(({ name, url, edited }) => (
                        <Link
                          key={name}
                          url={url}
                          removeUnderline
                          accessibilityLabel={`${one.title}: ${name}${edited > 0 ? `, ${edited} edited` : ''}`}
                        >
                          {edited > 0 ? `${name} (${edited} edited)` : name}
                        </Link>
                      ))}
                    </InlineStack>
                  </li>
                ))}
              </ul>
            </BlockStack>
          </Card>
        ))}
      </BlockStack>
    </Screen>
  )
}

export const ErrorBoundary = PageProblem
