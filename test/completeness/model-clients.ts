/** Programs with clients of language models. */
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAI as createOpenAI3 } from "@ai-sdk/openai-3";
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
import { startAnthropicServer } from "./anthropic-server.ts";
import type { ClientCase } from "./client-case.ts";
import { inTurns, type ModelScript, type Reply } from "./model-script.ts";
import { startOpenAiServer } from "./openai-server.ts";

const forecast = (city: string): Reply => ({ calls: [{ name: "forecast", arguments: { city } }] });
/** Looks up two cities, one after the other, and says what it found. */
const agent: ModelScript = (conversation) =>
  inTurns(forecast("Oslo"), forecast("Rome"), { text: `In the end it was ${conversation.toolResults.join()}.` })(
    conversation,
  );
const talker = inTurns({ text: "Rain before noon, sun after it." });
/** Too busy twice. */
const busy: ModelScript = (conversation) =>
  conversation.before < 2
    ? { refusal: { status: 429, type: "rate_limit_exceeded", message: "Slow down.", retryAfter: 1 } }
    : { text: "Here I am." };

const user = (content: string) => ({ role: "user" as const, content });
const forecastOf = async ({ city }: { city: string }) => `${city}: rain`;

const openai: readonly ClientCase[] = [
  {
    name: "a chat completion, and a response",
    server: () => startOpenAiServer(talker),
    run: async (url) => {
      const client = openAiClient(url);
      const { choices } = await client.chat.completions.create({ model: "gpt-5", messages: [user("Weather?")] });
      const { output_text } = await client.responses.create({ model: "gpt-5", input: "And tomorrow?" });
      return [choices[0]?.message.content, output_text];
    },
  },
  {
    name: "a stream",
    server: () => startOpenAiServer(talker),
    inFlight: 1,
    run: async (url) => {
      const stream = await openAiClient(url).chat.completions.create({
        model: "gpt-5",
        messages: [user("Weather?")],
        stream: true,
      });
      const pieces: string[] = [];
      for await (const { choices } of stream) pieces.push(choices[0]?.delta.content ?? "");
      return pieces;
    },
  },
  {
    name: "its own retries",
    server: () => startOpenAiServer(busy),
    run: async (url) =>
      (await openAiClient(url).chat.completions.create({ model: "gpt-5", messages: [user("Weather?")] })).choices[0]
        ?.message.content,
  },
  {
    name: "an error",
    server: () =>
      startOpenAiServer(() => ({ refusal: { status: 400, type: "invalid_request_error", message: "No." } })),
    run: (url) =>
      openAiClient(url)
        .chat.completions.create({ model: "gpt-5", messages: [] })
        .catch((error: Error) => [error.name, error.message]),
  },
].map((one) => ({ package: "openai", ...one }));

const anthropic: readonly ClientCase[] = [
  {
    name: "a message",
    server: () => startAnthropicServer(talker),
    run: async (url) => (await anthropicClient(url).messages.create(question)).content,
  },
  {
    name: "a stream",
    server: () => startAnthropicServer(talker),
    inFlight: 1,
    run: async (url) => {
      const stream = anthropicClient(url).messages.stream(question);
      const pieces: string[] = [];
      stream.on("text", (text) => pieces.push(text));
      return [(await stream.finalMessage()).stop_reason, pieces];
    },
  },
  {
    name: "its own retries",
    server: () => startAnthropicServer(busy),
    run: async (url) => (await anthropicClient(url).messages.create(question)).content,
  },
].map((one) => ({ package: "@anthropic-ai/sdk", ...one }));

const aiSdk7: readonly ClientCase[] = [
  {
    name: "generateText with tools",
    server: () => startOpenAiServer(agent),
    run: async (url) => {
      const tools = { forecast: tool({ inputSchema: z.object({ city: z.string() }), execute: forecastOf }) };
      const { text, steps } = await generateText({
        model: openAi7(url)("gpt-5"),
        prompt: "Weather?",
        tools,
        stopWhen: stepCountIs(5),
      });
      return [text, steps.length];
    },
  },
  {
    name: "streamText with tools",
    server: () => startOpenAiServer(agent),
    inFlight: 1,
    run: async (url) => {
      const tools = { forecast: tool({ inputSchema: z.object({ city: z.string() }), execute: forecastOf }) };
      const { textStream } = streamText({
        model: openAi7(url)("gpt-5"),
        prompt: "Weather?",
        tools,
        stopWhen: stepCountIs(5),
      });
      return Array.fromAsync(textStream);
    },
  },
  {
    name: "its own retries",
    server: () => startOpenAiServer(busy),
    run: async (url) => (await generateText({ model: openAi7(url).chat("gpt-5"), prompt: "Weather?" })).text,
  },
].map((one) => ({ package: "ai", ...one }));

const aiSdk6: readonly ClientCase[] = [
  {
    name: "generateText with tools",
    server: () => startOpenAiServer(agent),
    run: async (url) => {
      const tools = { forecast: tool6({ inputSchema: z.object({ city: z.string() }), execute: forecastOf }) };
      const { text, steps } = await generateText6({
        model: openAi6(url)("gpt-5"),
        prompt: "Weather?",
        tools,
        stopWhen: stepCountIs6(5),
      });
      return [text, steps.length];
    },
  },
  {
    name: "streamText with tools",
    server: () => startOpenAiServer(agent),
    inFlight: 1,
    run: async (url) => {
      const tools = { forecast: tool6({ inputSchema: z.object({ city: z.string() }), execute: forecastOf }) };
      const { textStream } = streamText6({
        model: openAi6(url)("gpt-5"),
        prompt: "Weather?",
        tools,
        stopWhen: stepCountIs6(5),
      });
      return Array.fromAsync(textStream);
    },
  },
].map((one) => ({ package: "ai-6", ...one }));

export const modelClients: readonly ClientCase[] = [...openai, ...anthropic, ...aiSdk7, ...aiSdk6];

const question = { model: "claude-sonnet-4-5", max_tokens: 100, messages: [user("Weather?")] };

function openAiClient(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "none" });
}

function anthropicClient(url: string): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: "none" });
}

function openAi7(url: string) {
  return createOpenAI({ baseURL: `${url}/v1`, apiKey: "none" });
}

function openAi6(url: string) {
  return createOpenAI3({ baseURL: `${url}/v1`, apiKey: "none" });
}
