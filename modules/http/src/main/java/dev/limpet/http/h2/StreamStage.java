package dev.limpet.http.h2;

import akka.http.impl.engine.http2.FrameEvent;
import akka.http.impl.engine.http2.Http2Compliance;
import akka.http.impl.engine.http2.Http2Protocol;
import akka.stream.Attributes;
import akka.stream.BidiShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import dev.limpet.http.client.Client;
import dev.limpet.http.h2.ClientStreams.Verdict;
import dev.limpet.http.message.RequestHead;
import dev.limpet.model.settings.Settings;
import java.util.List;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Between Akka HTTP's frame parser and its handling of streams: decodes header blocks, and keeps
 * from it what the protocol does not allow, of which it checks little. What is wrong with one
 * stream ends that stream; the rest, the connection.
 */
final class StreamStage
    extends GraphStage<BidiShape<FrameEvent, FrameEvent, FrameEvent, FrameEvent>> {

  private final Inlet<FrameEvent> fromClient = Inlet.create("Streams.fromClient");
  private final Outlet<FrameEvent> toServer = Outlet.create("Streams.toServer");
  private final Inlet<FrameEvent> fromServer = Inlet.create("Streams.fromServer");
  private final Outlet<FrameEvent> toClient = Outlet.create("Streams.toClient");
  private final BidiShape<FrameEvent, FrameEvent, FrameEvent, FrameEvent> shape =
      BidiShape.of(fromServer, toClient, fromClient, toServer);
  private final Settings.Limits limits;
  private final ClientStreams streams;
  private final MultiplexStage exchanges;
  private final Client client;
  private final CutOffs cutOffs;

  /**
   * @param exchanges hears of streams that have been given up
   */
  StreamStage(
      Settings.Limits limits,
      ClientStreams streams,
      MultiplexStage exchanges,
      Client client,
      CutOffs cutOffs) {
    this.client = client;
    this.cutOffs = cutOffs;
    this.limits = limits;
    this.streams = streams;
    this.exchanges = exchanges;
  }

  /** The head that a stream's HEADERS carried. */
  static RequestHead head(FrameEvent.ParsedHeadersFrame headers) {
    return (RequestHead) headers.keyValuePairs().head()._2();
  }

  @Override
  public BidiShape<FrameEvent, FrameEvent, FrameEvent, FrameEvent> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {

    private final HeadDecoder decoder = new HeadDecoder(limits);
    private FrameEvent.@Nullable HeadersFrame begun;
    private ByteString block = ByteString.emptyByteString();

    /** The last stream that Akka HTTP has seen. */
    private int lastForServer;

    private boolean left;
    private boolean ended;

    Logic() {
      super(shape);
      setHandler(
          fromClient,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              receive(grab(fromClient));
              endIfSpent();
              leaveIfWorn();
            }

            @Override
            public void onUpstreamFinish() {
              complete(toServer);
            }

            @Override
            public void onUpstreamFailure(Throwable cause) {
              endConnection(errorOf(cause));
            }
          });
      setHandler(
          toServer,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              if (!hasBeenPulled(fromClient)) {
                next();
              }
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
              cancel(fromClient);
            }
          });
      setHandler(
          fromServer,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              send(grab(fromServer));
              endIfSpent();
              leaveIfWorn();
            }

            @Override
            public void onUpstreamFinish() {
              complete(toClient);
            }
          });
      setHandler(
          toClient,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              if (!hasBeenPulled(fromServer) && !isClosed(fromServer)) {
                pull(fromServer);
              }
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
              cancel(fromServer);
            }
          });
    }

    @Override
    public void preStart() {
      AsyncCallback<FrameEvent.ParsedHeadersFrame> interim = createAsyncCallback(this::sendInterim);
      AsyncCallback<Integer> reset =
          createAsyncCallback(stream -> giveUp(stream, Http2Error.CANCEL));
      AsyncCallback<Integer> endTunnel =
          createAsyncCallback(
              stream -> {
                if (streams.endTunnel(stream)) {
                  doWithoutRest(stream);
                }
              });
      AsyncCallback<Http2Error> end = createAsyncCallback(this::endConnection);
      AsyncCallback<Integer> cut = createAsyncCallback(this::endIfCut);
      AsyncCallback<String> cutOff = createAsyncCallback(this::cutOff);
      streams.outflow().onTooMuch(() -> cutOff.invoke("it does not take what it has asked for"));
      exchanges.onFrames(
          new MultiplexStage.Frames() {
            @Override
            public void interim(FrameEvent.ParsedHeadersFrame headers) {
              interim.invoke(headers);
            }

            @Override
            public void reset(int stream) {
              reset.invoke(stream);
            }

            @Override
            public void endTunnel(int stream) {
              endTunnel.invoke(stream);
            }

            @Override
            public void endConnection(Http2Error error) {
              end.invoke(error);
            }

            @Override
            public void cut(int stream, long bytes) {
              streams.cut(stream, bytes);
              cut.invoke(stream);
            }
          });
    }

    @Override
    public void postStop() {
      streams.outflow().end();
    }

    private void giveUp(int stream, Http2Error error) {
      if (streams.isOpen(stream) && !isClosed(toClient)) {
        abandon(stream, error);
      }
    }

    private void endIfCut(int stream) {
      if (streams.isAtCut(stream)) {
        giveUp(stream, Http2Error.INTERNAL_ERROR);
      }
    }

    private void sendInterim(FrameEvent.ParsedHeadersFrame headers) {
      if (streams.awaitsResponse(headers.streamId()) && !isClosed(toClient)) {
        emit(toClient, headers);
      }
    }

    private void receive(FrameEvent frame) {
      switch (frame) {
        case FrameEvent.HeadersFrame headers -> {
          begun = headers;
          block = headers.headerBlockFragment();
          blockGrew(headers.endHeaders());
        }
        case FrameEvent.ContinuationFrame more -> {
          block = block.concat(more.payload());
          blockGrew(more.endHeaders());
        }
        case FrameEvent.DataFrame data -> {
          int id = data.streamId();
          int size = data.payload().size();
          Verdict verdict = streams.data(id, size, data.endStream());
          if (verdict.kind() != Verdict.Kind.PASS && size > 0) {
            // Akka HTTP does not see it, so it does not give it back either.
            emit(toClient, new FrameEvent.WindowUpdateFrame(0, size));
          }
          judge(verdict, id, data);
        }
        case FrameEvent.RstStreamFrame reset -> {
          exchanges.cancel(reset.streamId());
          judge(streams.reset(reset.streamId()), reset.streamId(), reset);
        }
        case FrameEvent.WindowUpdateFrame update -> widen(update);
        case FrameEvent.SettingsFrame settings ->
            judge(Http2Settings.check(settings, streams), 0, Http2Settings.within(settings));
        // We ask for none, and Akka HTTP takes them for an error.
        case FrameEvent.PingFrame ping when ping.ack() -> next();
        default -> emit(toServer, frame);
      }
    }

    private void endIfSpent() {
      if (streams.resets().isSpent()) {
        cutOff("too many of its requests were reset");
      }
    }

    private void cutOff(String why) {
      if (!ended) {
        cutOffs.add(client, why);
        endConnection(Http2Error.ENHANCE_YOUR_CALM);
      }
    }

    private void leaveIfWorn() {
      if (!left && streams.isWorn()) {
        left = true;
        exchanges.leave();
      }
    }

    private void next() {
      if (!isClosed(fromClient)) {
        pull(fromClient);
      }
    }

    private void blockGrew(boolean complete) {
      FrameEvent.HeadersFrame headers = begun;
      if (!complete || headers == null) {
        next();
        return;
      }
      ByteString whole = block;
      block = ByteString.emptyByteString();
      begun = null;
      int id = headers.streamId();
      boolean opens = streams.isNew(id);
      Verdict verdict = streams.headers(id, headers.endStream());
      try {
        if (opens) {
          RequestHead head = decoder.request(id, whole, headers.endStream());
          judge(streams.announce(id, head), id, parsed(headers, head));
        } else {
          streams.setTrailers(id, decoder.trailers(id, whole));
          judge(verdict, id, parsed(headers, null));
        }
      } catch (MalformedHead e) {
        exchanges.broke(e.error(), String.valueOf(e.getMessage()));
        if (e.endsConnection()) {
          verdict = Verdict.endConnection(e.error());
        } else if (verdict.kind() == Verdict.Kind.PASS) {
          verdict = Verdict.endStream(e.error());
        }
        judge(verdict, id, headers);
      }
    }

    private void widen(FrameEvent.WindowUpdateFrame update) {
      int id = update.streamId();
      int increment = update.windowSizeIncrement();
      if (id == 0) {
        judge(streams.widen(increment), id, update);
        return;
      }
      Verdict verdict = streams.widen(id, increment);
      int owed = streams.owedTo(id, increment);
      judge(
          verdict.kind() == Verdict.Kind.PASS && owed == 0 ? Verdict.DROP : verdict,
          id,
          owed == increment ? update : new FrameEvent.WindowUpdateFrame(id, owed));
    }

    private void judge(Verdict verdict, int stream, FrameEvent frame) {
      switch (verdict.kind()) {
        case PASS -> {
          lastForServer = Math.max(lastForServer, stream);
          emit(toServer, frame);
        }
        case DROP -> next();
        case END_STREAM -> {
          streams.resets().spend(ResetBudget.MISTAKE);
          exchanges.cancel(stream);
          streams.abandon(stream);
          emit(toClient, reset(stream, verdict.error()));
          if (stream <= lastForServer) {
            emit(toServer, reset(stream, Http2Error.CANCEL));
          } else {
            // A reset of a stream that it has not seen would be an error to Akka HTTP.
            next();
          }
        }
        case END_CONNECTION -> endConnection(verdict.error());
      }
    }

    private void send(FrameEvent frame) {
      switch (frame) {
        case FrameEvent.ParsedHeadersFrame headers -> {
          emit(toClient, frame);
          if (streams.answered(headers.streamId(), headers.endStream())) {
            doWithoutRest(headers.streamId());
          }
          return;
        }
        case FrameEvent.DataFrame data -> {
          emit(toClient, frame);
          if (streams.sent(data.streamId(), data.payload().size(), data.endStream())) {
            doWithoutRest(data.streamId());
          }
          endIfCut(data.streamId());
          return;
        }
        case FrameEvent.RstStreamFrame reset -> {
          streams.resets().spend(ResetBudget.CANCEL);
          streams.abandon(reset.streamId());
        }
        case FrameEvent.SettingsFrame settings -> {
          emit(toClient, Http2Settings.offering(settings));
          return;
        }
        case FrameEvent.GoAwayFrame goAway when goAway.errorCode().id() != 0 -> {
          // Akka HTTP says so and goes on.
          emit(toClient, goAway, this::completeStage);
          return;
        }
        default -> {}
      }
      emit(toClient, frame);
    }

    /** The response is complete and the request is not (RFC 9113, 8.1). */
    private void doWithoutRest(int stream) {
      streams.resets().spend(ResetBudget.CANCEL);
      abandon(stream, Http2Error.NO_ERROR);
    }

    private void abandon(int stream, Http2Error error) {
      streams.abandon(stream);
      emit(toClient, reset(stream, error));
      emit(toServer, reset(stream, Http2Error.CANCEL));
    }

    private void endConnection(Http2Error error) {
      ended = true;
      exchanges.broke(error, "the connection ends");
      cancel(fromClient);
      cancel(fromServer);
      complete(toServer);
      emit(
          toClient,
          new FrameEvent.GoAwayFrame(Integer.MAX_VALUE, code(error), ByteString.emptyByteString()),
          this::completeStage);
    }

    private FrameEvent parsed(FrameEvent.HeadersFrame headers, @Nullable RequestHead head) {
      List<Tuple2<String, Object>> pairs =
          head == null ? List.of() : List.of(new Tuple2<>("", head));
      return new FrameEvent.ParsedHeadersFrame(
          headers.streamId(),
          headers.endStream(),
          CollectionConverters.asScala(pairs).toList(),
          headers.priorityInfo(),
          Option.empty());
    }
  }

  private static FrameEvent reset(int stream, Http2Error error) {
    return new FrameEvent.RstStreamFrame(stream, code(error));
  }

  private static Http2Protocol.ErrorCode code(Http2Error error) {
    return Http2Protocol.ErrorCode$.MODULE$.byId(error.code());
  }

  /** What Akka HTTP's frame parser has found. */
  private static Http2Error errorOf(Throwable found) {
    Throwable cause = found.getCause() == null ? found : found.getCause();
    int code =
        switch (cause) {
          case Http2Compliance.Http2ProtocolException e -> e.errorCode().id();
          case Http2Compliance.Http2ProtocolStreamException e -> e.errorCode().id();
          default -> Http2Error.PROTOCOL_ERROR.code();
        };
    return Http2Error.of(code);
  }
}
