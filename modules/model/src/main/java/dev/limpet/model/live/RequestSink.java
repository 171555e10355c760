package dev.limpet.model.live;

/** Takes records of single requests. Called on event loops: nothing here blocks. */
public interface RequestSink {

  /**
   * Whether it wants a record of a request that has just ended.
   *
   * @param traced whether the request belongs to a trace that is recorded
   */
  boolean wants(boolean traced);

  void take(RequestRecord request);
}
