# One image: the provider, and with other arguments every command of it (docker run IMAGE migrate up).
# Build: docker build -t identity .      Where images come from elsewhere: --build-arg DOTNET_IMAGES=registry.example.com/dotnet
ARG DOTNET_IMAGES=mcr.microsoft.com/dotnet

FROM ${DOTNET_IMAGES}/sdk:10.0 AS build
ENV CI=true DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
WORKDIR /source
# What packages are needed changes less often than the code: restored in a layer of its own, exactly as the lock files say.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/Identity.Core/Identity.Core.csproj src/Identity.Core/packages.lock.json src/Identity.Core/
COPY src/Identity.Server/Identity.Server.csproj src/Identity.Server/packages.lock.json src/Identity.Server/
RUN dotnet restore src/Identity.Server --locked-mode
COPY appsettings.json ./
COPY db/ db/
COPY texts/ texts/
COPY src/Identity.Core/ src/Identity.Core/
COPY src/Identity.Server/ src/Identity.Server/
RUN dotnet publish src/Identity.Server --configuration Release --no-restore --output /app -p:UseAppHost=true

# Chiselled: no shell and no package manager. "extra" brings ICU, without which passwords would not be normalised.
FROM ${DOTNET_IMAGES}/aspnet:10.0-noble-chiseled-extra
WORKDIR /app
COPY --from=build /app ./
ENV ASPNETCORE_HTTP_PORTS=8080 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=false DOTNET_EnableDiagnostics=0
# The user "app" of the image. Nothing below / has to be writable: run it with --read-only.
USER $APP_UID
EXPOSE 8080
# SIGTERM drains: what is under way may end.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/app/identity", "ready"]
ENTRYPOINT ["/app/identity"]
CMD ["serve"]
