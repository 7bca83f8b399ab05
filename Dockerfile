# The image for a server of one's own: Postgres runs beside it (compose.yaml), not inside.
FROM node:22-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:22-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 AISPEND_HOME=/var/lib/aispend
WORKDIR /app
RUN mkdir -p /var/lib/aispend && chown node:node /var/lib/aispend
COPY --from=modules /app/node_modules ./node_modules
COPY package.json ./
COPY core ./core
COPY apps ./apps
COPY migrations ./migrations
USER node
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+process.env.PORT+'/readyz').then((r)=>process.exit(r.ok?0:1),()=>process.exit(1))"]
# No npm in between: it would not pass SIGTERM on.
CMD ["node", "--import", "tsx", "apps/server/main.ts"]
