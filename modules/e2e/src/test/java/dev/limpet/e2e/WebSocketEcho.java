package dev.limpet.e2e;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** One message over a WebSocket, and the answer to it. */
final class WebSocketEcho {

  private WebSocketEcho() {}

  static String of(HttpClient client, String url, String text) throws Exception {
    CompletableFuture<String> answer = new CompletableFuture<>();
    WebSocket socket =
        client
            .newWebSocketBuilder()
            .buildAsync(
                URI.create(url),
                new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onText(
                      WebSocket webSocket, CharSequence data, boolean last) {
                    answer.complete(data.toString());
                    return CompletableFuture.completedStage(null);
                  }

                  @Override
                  public void onError(WebSocket webSocket, Throwable error) {
                    answer.completeExceptionally(error);
                  }
                })
            .get(60, TimeUnit.SECONDS);
    socket.sendText(text, true);
    try {
      return answer.get(60, TimeUnit.SECONDS);
    } finally {
      socket.abort();
    }
  }
}
