package dev.limpet.admin.door;

import akka.http.javadsl.model.HttpResponse;
import dev.limpet.admin.http.Caller;
import java.time.Duration;

/** What becomes of a request at the door: its caller, or a refusal. */
sealed interface Admission {

  /** The caller may do what it asks for. */
  record Admitted(Caller caller) implements Admission {}

  /**
   * @param hold how long the answer is held back
   */
  record Refused(HttpResponse response, Duration hold) implements Admission {}
}
