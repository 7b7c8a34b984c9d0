/** Programs with clients of language models. */
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAI as createOpenAI6 } from "@ai-sdk/openai-3";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, stepCountIs, streamText, tool } from "ai";
import {
  generateText as generateText6,
  stepCountIs as stepCountIs6,
  streamText as streamText6,
  tool as tool6,
} from "ai-6";
import OpenAI from "openai";
import { z } from "zod";
import { inTurns, type ModelScript, type Reply } from "../../examples/servers/model-script.ts";
import { startOpenAiServer } from "../../examples/servers/openai-server.ts";
import { startAnthropicServer } from "./anthropic-server.ts";
import { type ClientCase, casesOf } from "./client-case.ts";

const forecastOf = async ({ city }: { city: string }) => `rain in ${city}`;
const callFor = (city: string): Reply => ({ calls: [{ name: "forecast", arguments: { city } }] });

/** Looks up two cities, one after the other, and says what it found last. */
const agent: ModelScript = (conversation) =>
  inTurns(callFor("Oslo"), callFor("Rome"), { text: `At last: ${conversation.toolResults.join()}.` })(conversation);
const talker = inTurns({ text: "Rain before noon, sun after it." });
const busyTwice: ModelScript = ({ before }) =>
  before < 2
    ? { refusal: { status: 429, type: "rate_limit_exceeded", message: "Slow down.", retryAfterMs: 20 } }
    : { text: "Here I am." };
const refusing: ModelScript = () => ({ refusal: { status: 400, type: "invalid_request_error", message: "No." } });

const question = { model: "gpt-5", messages: [{ role: "user" as const, content: "Weather?" }] };
const cityOnly = { type: "object" as const, properties: { city: { type: "string" } } };

const openai = casesOf(
  {
    package: "openai",
    server: () => startOpenAiServer(talker),
    client: (url) => new OpenAI({ baseURL: `${url}/v1`, apiKey: "none" }),
  },
  {
    "chat completion, response, embedding": {
      run: async (client) => {
        const { choices } = await client.chat.completions.create(question);
        const { output_text } = await client.responses.create({ model: "gpt-5", input: "And tomorrow?" });
        const { data } = await client.embeddings.create({ model: "text-embedding-3-small", input: output_text });
        return [choices[0]?.message.content, output_text, data[0]?.embedding.length];
      },
    },
    "a streamed chat completion, and a streamed response": {
      inFlight: 1,
      run: async (client) => {
        const pieces: string[] = [];
        const completion = await client.chat.completions.create({ ...question, stream: true });
        for await (const { choices } of completion) pieces.push(choices[0]?.delta.content ?? "");
        const response = await client.responses.create({ model: "gpt-5", input: "And tomorrow?", stream: true });
        for await (const event of response) if (event.type === "response.output_text.delta") pieces.push(event.delta);
        return pieces;
      },
    },
    "several at once": {
      inFlight: 3,
      run: async (client) => {
        const ask = async (content: string) =>
          (await client.chat.completions.create({ ...question, messages: [{ role: "user", content }] })).id;
        return Promise.all(["Oslo?", "Rome?", "Bonn?"].map(ask));
      },
    },
    "a stream that is left at its third piece": {
      inFlight: 1,
      run: async (client) => {
        const pieces: string[] = [];
        for await (const { choices } of await client.chat.completions.create({ ...question, stream: true })) {
          pieces.push(choices[0]?.delta.content ?? "");
          if (pieces.length === 3) break;
        }
        return [pieces, (await client.models.list()).data.length];
      },
    },
    "its loop of tools": {
      server: () => startOpenAiServer(agent),
      run: async (client) => {
        const forecast = {
          name: "forecast",
          description: "Of a city.",
          parameters: cityOnly,
          parse: JSON.parse,
          function: forecastOf,
        };
        const runner = client.chat.completions.runTools({
          ...question,
          tools: [{ type: "function", function: forecast }],
        });
        return runner.finalContent();
      },
    },
    "its own retries": {
      server: () => startOpenAiServer(busyTwice),
      run: async (client) => (await client.chat.completions.create(question)).choices[0]?.message.content,
    },
    "an error": {
      server: () => startOpenAiServer(refusing),
      run: (client) =>
        client.chat.completions.create(question).catch((error: Error) => [error.constructor.name, error.message]),
    },
  },
);

const claudes = { ...question, model: "claude-sonnet-5-5", max_tokens: 1_000 };

const anthropic = casesOf(
  {
    package: "@anthropic-ai/sdk",
    server: () => startAnthropicServer(talker),
    client: (url) => new Anthropic({ baseURL: url, apiKey: "none" }),
  },
  {
    "a message": { run: async (client) => (await client.messages.create(claudes)).content },
    "a streamed message": {
      inFlight: 1,
      run: async (client) => {
        const pieces: string[] = [];
        const stream = client.messages.stream(claudes).on("text", (text) => pieces.push(text));
        return [(await stream.finalMessage()).stop_reason, pieces];
      },
    },
    "a loop of tools": {
      server: () => startAnthropicServer(agent),
      run: async (client) => {
        const messages: Anthropic.MessageParam[] = [...question.messages];
        for (;;) {
          const { content } = await client.messages.create({
            ...claudes,
            messages,
            tools: [{ name: "forecast", input_schema: cityOnly }],
          });
          const calls = content.filter((block) => block.type === "tool_use");
          if (calls.length === 0) return content;
          const results = calls.map(async ({ id, input }) => {
            const forecast = await forecastOf(input as { city: string });
            return { type: "tool_result" as const, tool_use_id: id, content: forecast };
          });
          messages.push({ role: "assistant", content }, { role: "user", content: await Promise.all(results) });
        }
      },
    },
    "its own retries": {
      server: () => startAnthropicServer(busyTwice),
      run: async (client) => (await client.messages.create(claudes)).content,
    },
  },
);

const inputSchema = z.object({ city: z.string() });

const aiSdk7 = casesOf(
  {
    package: "ai",
    server: () => startOpenAiServer(agent),
    client: (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey: "none" }),
  },
  {
    "generateText with a loop of tools": {
      run: async (openai) => {
        const tools = { forecast: tool({ inputSchema, execute: forecastOf }) };
        const { text, steps } = await generateText({
          model: openai("gpt-5"),
          prompt: "Weather?",
          tools,
          stopWhen: stepCountIs(5),
        });
        return [text, steps.length];
      },
    },
    "streamText with a loop of tools": {
      inFlight: 1,
      run: async (openai) => {
        const tools = { forecast: tool({ inputSchema, execute: forecastOf }) };
        const { textStream } = streamText({
          model: openai("gpt-5"),
          prompt: "Weather?",
          tools,
          stopWhen: stepCountIs(5),
        });
        return collect(textStream);
      },
    },
    "its own retries, over chat completions": {
      server: () => startOpenAiServer(busyTwice),
      run: async (openai) => (await generateText({ model: openai.chat("gpt-5"), prompt: "Weather?" })).text,
    },
  },
);

const aiSdk6 = casesOf(
  {
    package: "ai-6",
    server: () => startOpenAiServer(agent),
    client: (url) => createOpenAI6({ baseURL: `${url}/v1`, apiKey: "none" }),
  },
  {
    "generateText with a loop of tools": {
      run: async (openai) => {
        const tools = { forecast: tool6({ inputSchema, execute: forecastOf }) };
        const { text, steps } = await generateText6({
          model: openai("gpt-5"),
          prompt: "Weather?",
          tools,
          stopWhen: stepCountIs6(5),
        });
        return [text, steps.length];
      },
    },
    "streamText with a loop of tools": {
      inFlight: 1,
      run: async (openai) => {
        const tools = { forecast: tool6({ inputSchema, execute: forecastOf }) };
        const { textStream } = streamText6({
          model: openai("gpt-5"),
          prompt: "Weather?",
          tools,
          stopWhen: stepCountIs6(5),
        });
        return collect(textStream);
      },
    },
    "its own retries, over chat completions": {
      server: () => startOpenAiServer(busyTwice),
      run: async (openai) => (await generateText6({ model: openai.chat("gpt-5"), prompt: "Weather?" })).text,
    },
  },
);

export const modelClients: readonly ClientCase[] = [...openai, ...anthropic, ...aiSdk7, ...aiSdk6];

async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
