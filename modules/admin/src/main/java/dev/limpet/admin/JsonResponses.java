package dev.limpet.admin;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCode;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;

/** The API's responses: JSON, with a line feed at the end for those who read it in a terminal. */
final class JsonResponses {

  static final ObjectMapper JSON = new ObjectMapper();

  private JsonResponses() {}

  static HttpResponse json(StatusCode status, Object body) {
    try {
      return HttpResponse.create()
          .withStatus(status)
          .withEntity(ContentTypes.APPLICATION_JSON, JSON.writeValueAsString(body) + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what the API answers is plain data", e);
    }
  }

  static HttpResponse error(StatusCode status, String what) {
    return json(status, Map.of("error", what));
  }
}
