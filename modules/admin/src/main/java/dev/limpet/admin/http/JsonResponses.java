package dev.limpet.admin.http;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import akka.util.ByteString;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** The API's responses: JSON, with a line feed at the end for those who read it in a terminal. */
public final class JsonResponses {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private JsonResponses() {}

  public static HttpResponse json(StatusCode status, Object body) {
    return json(status, ContentTypes.APPLICATION_JSON, body);
  }

  static HttpResponse json(StatusCode status, ContentType type, Object body) {
    try {
      return HttpResponse.create()
          .withStatus(status)
          .withEntity(
              HttpEntities.create(
                  type, ByteString.fromString(JSON.writeValueAsString(body) + "\n")));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what the API answers is plain data", e);
    }
  }

  /** As {@link Problem}. */
  public static HttpResponse error(StatusCode status, String what) {
    return new Problem(status, what).response();
  }
}
