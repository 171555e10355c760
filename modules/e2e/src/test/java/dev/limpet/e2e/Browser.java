package dev.limpet.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A client with a cookie jar, as {@code curl -b jar -c jar}. */
final class Browser {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, String> cookies = new LinkedHashMap<>();

  /** What {@code GET /whoami} of the chat example answers. */
  record WhoAmI(String backend, long pid, int visits) {}

  HttpResponse<String> get(String url) {
    String header =
        cookies.entrySet().stream()
            .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
            .collect(Collectors.joining("; "));
    HttpResponse<String> response =
        header.isEmpty() ? LimpetNode.get(url) : LimpetNode.get(url, "Cookie", header);
    for (String cookie : response.headers().allValues("set-cookie")) {
      String pair = cookie.split(";", 2)[0];
      int equals = pair.indexOf('=');
      cookies.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return response;
  }

  WhoAmI whoAmI(LimpetNode node) {
    HttpResponse<String> response = get(node.url("/whoami"));
    if (response.statusCode() != 200) {
      throw new AssertionError(response.statusCode() + " " + response.body());
    }
    try {
      return JSON.readValue(response.body(), WhoAmI.class);
    } catch (JsonProcessingException e) {
      throw new AssertionError(response.body(), e);
    }
  }

  Map<String, String> cookies() {
    return cookies;
  }
}
