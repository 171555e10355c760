package dev.limpet.admin.http;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.StatusCodes;
import akka.http.scaladsl.model.EntityStreamSizeException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Reads a request's body as JSON (RFC 8259) and nothing else. */
public final class JsonBody {

  private static final long TIMEOUT_MILLIS = 5_000;

  /** More than a thousand operations of a batch take. */
  private static final int MAX_BYTES = 1 << 20;

  private static final JsonMapper STRICT =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(10)
                          .maxNumberLength(40)
                          .maxStringLength(10_000)
                          .maxNameLength(1_000)
                          .build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private JsonBody() {}

  /** Fails with a {@link Problem} where it is no JSON, too long, or does not come. */
  public static CompletionStage<JsonNode> read(HttpRequest request, ActorSystem<?> system) {
    return request
        .entity()
        .withSizeLimit(MAX_BYTES)
        .toStrict(TIMEOUT_MILLIS, system)
        .handle(
            (body, failure) -> {
              if (failure != null) {
                throw unreadable(failure);
              }
              return parsed(body.getData().asByteBuffer());
            });
  }

  /** Drops what a request has that takes no body. */
  public static void discard(HttpRequest request, ActorSystem<?> system) {
    if (!(request.entity() instanceof HttpEntity.Strict)) {
      request.discardEntityBytes(system);
    }
  }

  private static Problem unreadable(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof EntityStreamSizeException
        ? new Problem(
            StatusCodes.CONTENT_TOO_LARGE, "a body has at most %d bytes".formatted(MAX_BYTES))
        : new Problem(
            StatusCodes.BAD_REQUEST,
            "the body has not come within %d s".formatted(TIMEOUT_MILLIS / 1000));
  }

  static JsonNode parsed(ByteBuffer bytes) {
    if (!bytes.hasRemaining()) {
      throw malformed("there is no body; expected JSON");
    }
    try {
      // Jackson would guess UTF-16 or UTF-32, and let some bytes pass that are no UTF-8.
      String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      JsonNode json = STRICT.readTree(text);
      if (json.isMissingNode()) {
        throw malformed("there is nothing but blanks in the body; expected JSON");
      }
      return json;
    } catch (CharacterCodingException e) {
      throw malformed("the body is not UTF-8");
    } catch (JsonProcessingException e) {
      String at =
          e.getLocation() == null
              ? ""
              : ", line %d, column %d"
                  .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
      throw malformed("the body is not JSON: " + e.getOriginalMessage() + at);
    }
  }

  private static Problem malformed(String detail) {
    return new Problem(StatusCodes.BAD_REQUEST, detail);
  }
}
