package dev.limpet.bench;

import akka.actor.ActorSystem;
import akka.http.javadsl.ConnectionContext;
import akka.http.javadsl.Http;
import akka.http.javadsl.model.HttpProtocols;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.japi.function.Function;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Arguments: the port to listen on, the origin's port and, for TLS, a PKCS #12 key store with the
 * password "bench".
 */
public final class AkkaHttpPeer {

  private static final char[] PASSWORD = "bench".toCharArray();

  public static void main(String[] args) throws Exception {
    var system = ActorSystem.create("peer");
    var http = Http.get(system);
    var origin = Integer.parseInt(args[1]);

    var server = http.newServerAt("127.0.0.1", Integer.parseInt(args[0]));
    if (args.length > 2) {
      server = server.enableHttps(ConnectionContext.httpsServer(tls(Path.of(args[2]))));
    }
    Function<HttpRequest, CompletionStage<HttpResponse>> proxy =
        request ->
            http.singleRequest(forOrigin(request, origin)).thenApply(AkkaHttpPeer::forClient);
    server.bind(proxy);
  }

  private static HttpRequest forOrigin(HttpRequest request, int origin) {
    return request
        .withUri(request.getUri().scheme("http").host("127.0.0.1").port(origin))
        .withProtocol(HttpProtocols.HTTP_1_1)
        .removeHeader("Timeout-Access");
  }

  /** What the origin says of its own connection must not decide over the client's. */
  private static HttpResponse forClient(HttpResponse response) {
    return response.removeHeader("Connection");
  }

  private static SSLContext tls(Path store) throws Exception {
    var keys = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    var context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }
}
