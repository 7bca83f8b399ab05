/** Payloads as the senders document them, with `secret` in every field that may hold content. */

/** StandardLoggingPayload as LiteLLM's generic_api callback posts it, logging left on. */
export function liteLlmWithContent(secret: string, over: Record<string, unknown> = {}) {
  const messages = [
    { role: "system", content: secret },
    { role: "user", content: [{ type: "text", text: secret }] },
    { role: "tool", content: secret, tool_call_id: "t1" },
  ];
  const call = { id: "t1", function: { name: "refund", arguments: `{"note":"${secret}"}` } };
  return {
    id: "chatcmpl-content",
    trace_id: "trace-content",
    call_type: "acompletion",
    stream: false,
    status: "success",
    custom_llm_provider: "anthropic",
    model: "claude-sonnet-4-5",
    model_group: "sonnet",
    api_base: "https://api.anthropic.com",
    startTime: 1795339800.25,
    endTime: 1795339801.75,
    completionStartTime: 1795339800.5,
    response_cost: 0.0123,
    cost_breakdown: { input_cost: 0.01, output_cost: 0.0023, total_cost: 0.0123 },
    prompt_tokens: 1000,
    completion_tokens: 100,
    total_tokens: 1100,
    cache_hit: null,
    cache_key: secret,
    end_user: "customer-9",
    requester_ip_address: "10.0.0.1",
    request_tags: ["workflow:refunds", secret, `note: ${secret}`, `${secret}:x`],
    messages,
    response: {
      id: "msg_1",
      choices: [{ message: { role: "assistant", content: secret, tool_calls: [call] } }],
    },
    error_str: secret,
    error_information: {
      error_code: secret,
      error_class: secret,
      error_message: secret,
      traceback: secret,
      llm_provider: "anthropic",
    },
    model_parameters: { tools: [{ description: secret }], stop: [secret], user: secret },
    hidden_params: { additional_headers: { "x-note": secret }, litellm_model_name: secret },
    model_map_information: { model_map_key: secret },
    response_cost_failure_debug_info: { error_str: secret, traceback_str: secret },
    guardrail_information: { guardrail_response: secret },
    standard_built_in_tools_params: { web_search_options: { query: secret } },
    metadata: {
      user_api_key_hash: "cd".repeat(32),
      user_api_key_alias: "payments-prod",
      user_api_key_team_id: "team-7",
      user_api_key_team_alias: "payments",
      user_api_key_user_id: "default_user_id",
      spend_logs_metadata: { workflow: "refunds", note: secret, nested: { text: secret } },
      requester_metadata: { prompt: secret, [secret]: "x", agent: "triage" },
      requester_custom_headers: { "x-note": secret },
      prompt_management_metadata: { prompt_id: "refund-v3", prompt_variables: { name: secret } },
      mcp_tool_call_metadata: { name: "refund", arguments: { q: secret }, result: { a: secret } },
      vector_store_request_metadata: [
        { query: secret, vector_store_search_response: { data: [{ content: secret }] } },
      ],
      usage_object: { prompt_tokens: 1000, completion_tokens: 100, note: secret },
    },
    ...over,
  };
}

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
const whole = (key: string, value: number) => ({ key, value: { intValue: String(value) } });

/** An export of OpenTelemetry with content capture on, of the conventions and of OpenLLMetry. */
export function tracesWithContent(secret: string, over: Record<string, unknown> = {}) {
  const message = JSON.stringify([{ role: "user", parts: [{ type: "text", content: secret }] }]);
  const list = { arrayValue: { values: [{ stringValue: secret }] } };
  const map = { kvlistValue: { values: [text("content", secret)] } };
  const span = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    parentSpanId: "00f067aa0ba902b7",
    traceState: secret,
    name: secret,
    kind: 3,
    startTimeUnixNano: "1795339800250000000",
    endTimeUnixNano: "1795339801750000000",
    attributes: [
      text("gen_ai.operation.name", "chat"),
      text("gen_ai.provider.name", "anthropic"),
      text("gen_ai.request.model", "claude-sonnet-4-5"),
      whole("gen_ai.usage.input_tokens", 1000),
      whole("gen_ai.usage.output_tokens", 100),
      text("gen_ai.input.messages", message),
      text("gen_ai.output.messages", message),
      text("gen_ai.system_instructions", secret),
      text("gen_ai.prompt.0.role", "user"),
      text("gen_ai.prompt.0.content", secret),
      text("gen_ai.completion.0.content", secret),
      text("gen_ai.tool.call.arguments", secret),
      text("gen_ai.tool.call.result", secret),
      text("gen_ai.tool.description", secret),
      text("traceloop.entity.input", secret),
      text("traceloop.entity.output", secret),
      text("traceloop.association.properties.note", secret),
      text("llm.prompts", secret),
      text("exception.message", secret),
      { key: "gen_ai.prompt", value: list },
      { key: "gen_ai.completion", value: map },
      { key: "aispend.team", value: map },
    ],
    events: [
      {
        timeUnixNano: "1795339801000000000",
        name: "gen_ai.content.prompt",
        attributes: [text("gen_ai.prompt", secret)],
      },
      { name: "exception", attributes: [text("exception.stacktrace", secret)] },
    ],
    links: [{ traceId: "0af7651916cd43dd8448eb211c80319c", attributes: [text("note", secret)] }],
    status: { code: 2, message: secret },
    ...over,
  };
  const scope = { name: secret, version: secret, attributes: [text("note", secret)] };
  const resource = {
    attributes: [text("service.name", "triage"), text("process.command_line", secret)],
  };
  return {
    resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span] }], schemaUrl: secret }],
  };
}
