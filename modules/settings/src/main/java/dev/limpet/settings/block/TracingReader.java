package dev.limpet.settings.block;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.secret.Secret;
import dev.limpet.model.settings.RequestIds;
import dev.limpet.model.settings.Tracing;
import dev.limpet.model.settings.Trust;
import dev.limpet.settings.block.host.HeaderNames;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import dev.limpet.settings.secret.SecretReader;
import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads {@code request-id} and {@code tracing}. */
final class TracingReader {

  private static final String ADDRESS = "an address such as \"http://127.0.0.1:4318/v1/traces\"";
  private static final URI NOWHERE = URI.create("http://localhost:1/v1/traces");

  private static final Pattern ENDPOINT =
      Pattern.compile(
          "https?://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?(/[!-~&&[^#?]]*)?");

  private static final Pattern HEADER_VALUE = Pattern.compile("[!-~]([ -~]*[!-~])?");

  /** Where OTLP speaks gRPC. */
  private static final int GRPC = 4317;

  /** Headers of requests that mean something else already. */
  private static final Set<String> TAKEN =
      Set.of(
          "authorization",
          "connection",
          "content-length",
          "content-type",
          "cookie",
          "expect",
          "forwarded",
          "host",
          "http2-settings",
          "keep-alive",
          "limpet-via",
          "max-forwards",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "traceparent",
          "tracestate",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /** Headers that the exporter sets, or that hold its requests together. */
  private static final Set<String> EXPORTERS =
      Set.of(
          "connection",
          "content-encoding",
          "content-length",
          "content-type",
          "expect",
          "host",
          "transfer-encoding",
          "upgrade");

  private TracingReader() {}

  static RequestIds requestIds(Section ids) {
    return new RequestIds(
        ids.get("header", "", TracingReader::idHeader), ids.choice("trust", Trust.class));
  }

  static Tracing read(Section tracing) {
    SecretReader secrets = new SecretReader("value", System::getenv);
    URI endpoint = tracing.get("endpoint", NOWHERE, TracingReader::endpoint);
    if (endpoint.getPort() == GRPC) {
      tracing.warn("endpoint", "port 4317 is usually OTLP over gRPC; over HTTP it is 4318");
    }
    if (tracing.has("ca") && endpoint.getScheme().equals("http")) {
      tracing.reject("ca", "only goes with an endpoint of https");
    }
    return new Tracing(
        endpoint,
        tracing.get("sample", 1.0, Values::share),
        tracing.choice("trust", Trust.class),
        tracing.values("headers", (name, value) -> header(name, value, secrets)),
        tracing.file("ca"),
        tracing.get("service", "", TracingReader::service));
  }

  private static String idHeader(ConfigValue value) {
    String name = HeaderNames.checked(Values.text(value, "a header's name"));
    String lower = name.toLowerCase(Locale.ROOT);
    if (TAKEN.contains(lower) || lower.startsWith("x-forwarded-")) {
      throw new IllegalArgumentException("\"" + name + "\" carries something else already");
    }
    return name;
  }

  private static URI endpoint(ConfigValue value) {
    String text = Values.matching(value, ENDPOINT, ADDRESS);
    URI endpoint;
    try {
      endpoint = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw Values.expected(ADDRESS, value);
    }
    if (endpoint.getHost() == null || endpoint.getPort() > 65_535) {
      throw Values.expected(ADDRESS, value);
    }
    if (endpoint.getPath().length() < 2) {
      throw new IllegalArgumentException(
          "\"%s\" has no path; collectors take traces at \"%s/v1/traces\""
              .formatted(text, text.replaceFirst("/$", "")));
    }
    return endpoint;
  }

  private static Secret header(String name, ConfigValue value, SecretReader secrets) {
    if (EXPORTERS.contains(HeaderNames.checked(name).toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException("the exporter sets this header itself");
    }
    String text = secrets.read(value);
    if (!HEADER_VALUE.matcher(text).matches()) {
      // Not repeated: it is a secret.
      throw new IllegalArgumentException(
          "\"%s\" holds no header's value: it takes one line of printable ASCII"
              .formatted(Values.text(value)));
    }
    return new Secret(text);
  }

  private static String service(ConfigValue value) {
    return Values.matching(
        value, text -> !text.isBlank() && text.length() <= 255, "a name of 1 to 255 characters");
  }
}
