package dev.limpet.http.message;

import akka.NotUsed;
import akka.http.javadsl.model.HttpEntity.ChunkStreamPart;
import akka.http.javadsl.model.ResponseEntity;
import akka.http.scaladsl.model.ContentTypes$;
import akka.http.scaladsl.model.HttpEntity;
import akka.stream.javadsl.Source;

/** Response bodies that Akka HTTP's Java API has no method for. */
public final class Bodies {

  private Bodies() {}

  /** A chunked body without a Content-Type of its own; the last part may carry trailers. */
  @SuppressWarnings("unchecked") // the Java class is what the Scala one extends, and all there is
  public static ResponseEntity chunked(Source<ChunkStreamPart, NotUsed> parts) {
    Source<?, ?> same = parts;
    return HttpEntity.Chunked$.MODULE$.apply(
        ContentTypes$.MODULE$.NoContentType(),
        ((Source<HttpEntity.ChunkStreamPart, Object>) same).asScala());
  }
}
