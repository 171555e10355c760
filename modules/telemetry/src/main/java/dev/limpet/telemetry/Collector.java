package dev.limpet.telemetry;

import dev.limpet.model.settings.Tracing;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.exporter.internal.FailedExportException;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A collector of traces, which gets them by OTLP over HTTP. For one thread. */
final class Collector {

  private static final Logger LOG = LoggerFactory.getLogger(Collector.class);

  /** What went wrong, we say ourselves, and once. Held, or the level would be collected with it. */
  private static final java.util.logging.Logger ITS_OWN_LOG =
      java.util.logging.Logger.getLogger("io.opentelemetry");

  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** It keeps to its own timeout; this is for the case that it does not. */
  private static final long PATIENCE_SECONDS = 30;

  static {
    ITS_OWN_LOG.setLevel(Level.OFF);
  }

  private final Tracing settings;
  private final Resource resource;

  /** Null until something is sent, and after a failure: the next one reads the authorities anew. */
  private @Nullable SpanExporter exporter;

  private boolean failing;
  private long lost;

  /**
   * @param node the name of this one
   */
  Collector(Tracing settings, String node) {
    this.settings = settings;
    this.resource =
        Resource.create(
            Attributes.of(
                AttributeKey.stringKey("service.name"),
                settings.service(),
                AttributeKey.stringKey("service.instance.id"),
                node));
  }

  boolean isFor(@Nullable Tracing others) {
    return settings.equals(others);
  }

  /** Who has made the spans. */
  Resource resource() {
    return resource;
  }

  /** Sends spans, and waits for what comes of it. Whether the collector has taken them. */
  boolean send(List<SpanData> spans) {
    String trouble = trouble(spans);
    if (trouble == null) {
      if (failing) {
        LOG.info("traces are exported to {} again; {} spans were lost", settings.endpoint(), lost);
      }
      failing = false;
      lost = 0;
      return true;
    }
    close();
    lost += spans.size();
    if (!failing) {
      failing = true;
      LOG.warn(
          "traces are not exported to {}: {}; spans are lost until that is well, requests go on",
          settings.endpoint(),
          trouble);
    }
    return false;
  }

  /** Null where there was none. */
  private @Nullable String trouble(List<SpanData> spans) {
    try {
      SpanExporter open = exporter == null ? open() : exporter;
      exporter = open;
      CompletableResultCode result = open.export(spans).join(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (result.isSuccess()) {
        return null;
      }
      return result.isDone()
          ? words(result.getFailureThrowable())
          : "no answer within " + PATIENCE_SECONDS + " s";
    } catch (IOException | RuntimeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private SpanExporter open() throws IOException {
    OtlpHttpSpanExporterBuilder builder =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(settings.endpoint().toString())
            .setConnectTimeout(TIMEOUT)
            .setTimeout(TIMEOUT);
    settings.headers().forEach((name, value) -> builder.addHeader(name, value.text()));
    if (settings.ca().isPresent()) {
      builder.setTrustedCertificates(Files.readAllBytes(settings.ca().get()));
    }
    return builder.build();
  }

  private static String words(@Nullable Throwable failure) {
    if (failure instanceof FailedExportException.HttpExportException export
        && export.getResponse() != null) {
      return words(export.getResponse().getStatusCode());
    }
    String message = null;
    boolean refused = false;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException) {
        return "there is no such host";
      }
      refused |= cause instanceof ConnectException;
      if (message == null && cause instanceof IOException) {
        message = cause.getMessage();
      }
    }
    if (refused) {
      return "nobody listens there";
    }
    return message == null ? String.valueOf(failure) : message;
  }

  private static String words(int status) {
    return "it answers "
        + status
        + switch (status) {
          case 400, 415 -> ", so it takes no OTLP in protobuf there";
          case 401, 403 -> ", so it takes no such tracing.headers";
          case 404, 405 -> ", so the path is wrong";
          case 413 -> ", so its messages are too large for it";
          case 429, 503 -> ", so it has too much to do";
          default -> "";
        };
  }

  /** Lets connections go; whoever sends again has new ones. */
  void close() {
    if (exporter != null) {
      exporter.shutdown();
      exporter = null;
    }
  }
}
