# Node's LTS line on Debian: the builds of libsql and pdfjs-dist for glibc are the ones the tests use.
ARG NODE=node:24-bookworm-slim

FROM ${NODE} AS build
WORKDIR /footnote
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY commands ./commands
RUN npm run build
RUN npm prune --omit=dev --no-audit --no-fund && rm -f dist/.tsbuildinfo

FROM ${NODE}
ENV NODE_ENV=production \
    DATA_DIR=/data \
    METRICS_PORT=9464 \
    METRICS_HOST=0.0.0.0 \
    HTTP_HOST=0.0.0.0
WORKDIR /footnote
COPY --from=build /footnote/node_modules ./node_modules
COPY --from=build /footnote/dist ./dist
COPY --from=build /footnote/src/citation/styles ./src/citation/styles
COPY package.json LICENSE PRIVACY.md ./
COPY commands ./commands
COPY knowledge ./knowledge
# A new volume takes over the owner of the folder that it is mounted on.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
# Node itself is the process that gets SIGTERM; it ends within ten seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js"]
